import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';
import { type SilentSite, silentSource } from '../semantics/silent-source.ts';
import { until } from '../until.ts';
import { SESSION_MS, Stage } from './stage.ts';

const server = await forFile(KafkaServer.start());
const stage = await forFile(Stage.set(server));

const silences = {
  'that hangs': { silence: () => server.freeze(), heal: () => server.thaw() },
  killed: { silence: () => server.kill(), heal: () => server.restart() },
};

const modes = { Kafka: '', 'Kafka exactly once': 'exactly_once = true' };
/** Which silences each mode is tried with. The long form tries both. */
const short = { Kafka: 'that hangs', 'Kafka exactly once': 'killed' };
const long = process.env['SLUICE_LONG'] !== undefined;

for (const [how, { silence, heal }] of Object.entries(silences)) {
  for (const [mode, keys] of Object.entries(modes)) {
    if (!long && short[mode as keyof typeof modes] !== how) continue; // a key of `modes`
    silentSource(`${mode} on a broker ${how}`, async (): Promise<SilentSite> => {
      const topic = await server.freshTopic();
      let settled = false;
      return {
        toml: `[connection.main]\ntype = "kafka"\nbrokers = "${server.bootstrap}"
[[trigger.kafka]]
connection = "main"
topic = "${topic}"
group = "${topic}"
session_timeout = "${SESSION_MS}ms"
heartbeat = "500ms"
${keys}`,
        publish: (text) => stage.store(topic, [text]),
        silence,
        heal: async () => {
          await heal();
          await until(() =>
            stage.committed(topic).then(
              (offset = 0) => {
                settled = offset > 0;
                return true;
              },
              () => false,
            ),
          );
        },
        holds: async () => !settled,
      };
    });
  }
}
