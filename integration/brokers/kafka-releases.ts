/** The lines of Kafka that the tests run against: the newest release of each, and what writes its log. */
const releases = {
  '4': {
    version: '4.4.0',
    log: { group: 'org.apache.logging.log4j', artifact: 'log4j-slf4j-impl', version: '2.25.5' },
  },
  '3.9': { version: '3.9.2', log: { group: 'org.slf4j', artifact: 'slf4j-reload4j', version: '1.7.36' } },
} as const;

export type KafkaLine = keyof typeof releases;

/** `SLUICE_KAFKA=3.9` runs every test against the older line. */
export const KAFKA_LINE = lineNamed(process.env['SLUICE_KAFKA'] ?? '4');

function lineNamed(name: string): KafkaLine {
  if (name === '4' || name === '3.9') return name;
  throw new TypeError(`SLUICE_KAFKA must be one of ${Object.keys(releases).join(', ')}, got ${name}`);
}

export function kafkaVersion(line: KafkaLine): string {
  return releases[line].version;
}

/** A Maven project whose dependencies are that Kafka. The command-line tools' interface is left out: no broker loads it, and 4.4.0 has none. */
export function pomOf(line: KafkaLine): string {
  const { version, log } = releases[line];
  return `\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId>
  <artifactId>test-broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${version}</version>
      <exclusions>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>kafka-tools-api</artifactId></exclusion>
      </exclusions>
    </dependency>
    <dependency><groupId>${log.group}</groupId><artifactId>${log.artifact}</artifactId><version>${log.version}</version></dependency>
  </dependencies>
</project>
`;
}
