import { type ErrorCode, SluiceError } from '#trigger';

/** Our codes for the brokers' errors, by their names in the protocol (kafka.apache.org/protocol, error codes). */
const meanings: Readonly<Record<string, Meaning>> = {
  UNKNOWN_TOPIC_OR_PARTITION: { code: 'SLU3406', transient: true },
  UNKNOWN_TOPIC_ID: { code: 'SLU3406', transient: true },
  INVALID_TOPIC_EXCEPTION: { code: 'SLU3406', transient: false },

  TOPIC_AUTHORIZATION_FAILED: { code: 'SLU3405', transient: false },
  GROUP_AUTHORIZATION_FAILED: { code: 'SLU3405', transient: false },
  CLUSTER_AUTHORIZATION_FAILED: { code: 'SLU3405', transient: false },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: { code: 'SLU3405', transient: false },

  SASL_AUTHENTICATION_FAILED: { code: 'SLU3404', transient: false },
  UNSUPPORTED_SASL_MECHANISM: { code: 'SLU3404', transient: false },
  ILLEGAL_SASL_STATE: { code: 'SLU3404', transient: false },
  SECURITY_DISABLED: { code: 'SLU3404', transient: false },
  UNSUPPORTED_VERSION: { code: 'SLU3404', transient: false },

  INCONSISTENT_GROUP_PROTOCOL: { code: 'SLU3407', transient: false },
  INVALID_GROUP_ID: { code: 'SLU3407', transient: false },
  INVALID_SESSION_TIMEOUT: { code: 'SLU3407', transient: false },
  GROUP_MAX_SIZE_REACHED: { code: 'SLU3407', transient: true },
  FENCED_INSTANCE_ID: { code: 'SLU3407', transient: false },

  ILLEGAL_GENERATION: { code: 'SLU3003', transient: true },
  UNKNOWN_MEMBER_ID: { code: 'SLU3003', transient: true },
  REBALANCE_IN_PROGRESS: { code: 'SLU3003', transient: true },

  MESSAGE_TOO_LARGE: { code: 'SLU3004', transient: false, ofMessage: true },
  RECORD_LIST_TOO_LARGE: { code: 'SLU3004', transient: false, ofMessage: true },
  INVALID_RECORD: { code: 'SLU3408', transient: false, ofMessage: true },
  INVALID_TIMESTAMP: { code: 'SLU3408', transient: false, ofMessage: true },
  POLICY_VIOLATION: { code: 'SLU3408', transient: false, ofMessage: true },
  UNSUPPORTED_COMPRESSION_TYPE: { code: 'SLU3408', transient: false },
  UNSUPPORTED_FOR_MESSAGE_FORMAT: { code: 'SLU3408', transient: false },
  INVALID_REQUIRED_ACKS: { code: 'SLU3408', transient: false },

  CORRUPT_MESSAGE: { code: 'SLU3409', transient: true },
  NETWORK_EXCEPTION: { code: 'SLU3409', transient: true },
  FENCED_LEADER_EPOCH: { code: 'SLU3409', transient: true },
  UNKNOWN_LEADER_EPOCH: { code: 'SLU3409', transient: true },
  THROTTLING_QUOTA_EXCEEDED: { code: 'SLU3409', transient: true },
  INCONSISTENT_TOPIC_ID: { code: 'SLU3406', transient: true },
  NOT_ENOUGH_REPLICAS: { code: 'SLU3409', transient: true },
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: { code: 'SLU3409', transient: true },
  LEADER_NOT_AVAILABLE: { code: 'SLU3409', transient: true },
  NOT_LEADER_FOR_PARTITION: { code: 'SLU3409', transient: true },
  REQUEST_TIMED_OUT: { code: 'SLU3409', transient: true },
  KAFKA_STORAGE_ERROR: { code: 'SLU3409', transient: true },
  OUT_OF_ORDER_SEQUENCE_NUMBER: { code: 'SLU3409', transient: true },
  DUPLICATE_SEQUENCE_NUMBER: { code: 'SLU3409', transient: true },
  UNKNOWN_PRODUCER_ID: { code: 'SLU3409', transient: true },

  INVALID_PRODUCER_EPOCH: { code: 'SLU3410', transient: true },
  PRODUCER_FENCED: { code: 'SLU3410', transient: true },
  INVALID_PRODUCER_ID_MAPPING: { code: 'SLU3410', transient: true },
  INVALID_TXN_STATE: { code: 'SLU3410', transient: true },
  CONCURRENT_TRANSACTIONS: { code: 'SLU3410', transient: true },
  TRANSACTION_COORDINATOR_FENCED: { code: 'SLU3410', transient: true },
  TRANSACTION_ABORTABLE: { code: 'SLU3410', transient: true },
  INVALID_TRANSACTION_TIMEOUT: { code: 'SLU3410', transient: false },
};

/** Errors that reject every message for one topic. */
const ofTopic: ReadonlySet<string> = new Set([
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
]);

const REFUSED: Meaning = { code: 'SLU3404', transient: false };
const AWAY: Meaning = { code: 'SLU3403', transient: true };

/** Codes that are newer than the client library, by number. */
const younger: Readonly<Record<string, string>> = {
  '89': 'THROTTLING_QUOTA_EXCEEDED',
  '90': 'PRODUCER_FENCED',
  '100': 'UNKNOWN_TOPIC_ID',
  '103': 'INCONSISTENT_TOPIC_ID',
  '120': 'TRANSACTION_ABORTABLE',
};

const fixes: Readonly<Partial<Record<ErrorCode, string>>> = {
  SLU3003: 'nothing; the records that were finished last may be handled again',
  SLU3004: 'raise max.message.bytes of the topic (kafka-configs.sh --alter), or send a reference to the data',
  SLU3403: 'start it, or correct brokers and tls of the connection',
  SLU3404: 'check sasl and tls of the connection',
  SLU3405: "allow it: kafka-acls.sh --add --allow-principal User:NAME, with what the connection's user needs",
  SLU3406: 'kafka-topics.sh --create --topic NAME --partitions N',
  SLU3407: 'choose another `group`, or correct the timeouts of the trigger',
};

interface Meaning {
  readonly code: ErrorCode;
  readonly transient: boolean;
  /** Errors caused by the message, not by its destination. */
  readonly ofMessage?: true;
}

/**
 * The error of a failed request to Kafka. `addresses` are the brokers of the connection; the message begins with `what`: `topic 'orders'`. Unless it
 * is known to be permanent, a failure counts as an outage (SLU3403): a retry costs only a pause, giving up could cost an event.
 */
export function kafkaError(thrown: unknown, addresses: string, what?: string): SluiceError {
  const chain = causes(thrown);
  const known = chain.find((each) => each instanceof SluiceError);
  if (known !== undefined) return known;
  const type = chain.map(typeOf).findLast((each) => each !== undefined);
  const meaning = type === undefined ? undefined : meanings[type];
  const { code, transient, ofMessage = false } = meaning ?? (chain.some(isRefusal) ? REFUSED : AWAY);
  const fix = fixes[code];
  return new SluiceError(code, `${subjectOf(code, addresses, what)}: ${reasonOf(chain)}`, {
    cause: thrown,
    transient,
    ofMessage,
    ...(fix === undefined ? {} : { fix }),
  });
}

/** Whether the error concerns only one topic, or a message for it. */
export function isOfTopic(error: SluiceError): boolean {
  if (error.ofMessage) return true;
  const types = causes(error).map(typeOf);
  return types.some((type) => type !== undefined && ofTopic.has(type));
}

/** The broker allows only shorter metadata beside offsets (`offset.metadata.max.bytes`). */
export function isNoteTooLong(thrown: unknown): boolean {
  return causes(thrown).some((each) => typeOf(each) === 'OFFSET_METADATA_TOO_LARGE');
}

/** For a topic that Sluice itself finds missing. */
export function topicMissing(topic: string, addresses: string): SluiceError {
  return new SluiceError('SLU3406', `Kafka at ${addresses} has no topic '${topic}', or this user may not see it`, {
    transient: true,
    fix: `kafka-topics.sh --create --topic ${topic} --partitions N`,
  });
}

function subjectOf(code: ErrorCode, addresses: string, what: string | undefined): string {
  if (code === 'SLU3403') return `Kafka at ${addresses} can't be reached`;
  if (code === 'SLU3404') return `Kafka at ${addresses} refused the connection`;
  return what === undefined ? `Kafka at ${addresses}` : `Kafka, ${what}`;
}

/** Outermost first: the library wraps errors of retried requests, sometimes twice. */
function causes(thrown: unknown): Error[] {
  const chain: Error[] = [];
  for (let next = thrown; next instanceof Error && !chain.includes(next); next = next.cause) chain.push(next);
  const errors = chain.flatMap((each) => ('errors' in each && Array.isArray(each.errors) ? each.errors : []));
  return [...chain, ...errors.filter((each) => each instanceof Error)];
}

function typeOf(error: Error): string | undefined {
  if (error.name === 'KafkaJSSASLAuthenticationError') return 'SASL_AUTHENTICATION_FAILED';
  if (error.name === 'KafkaJSServerDoesNotSupportApiKey') return 'UNSUPPORTED_VERSION';
  if (!('type' in error) || typeof error.type !== 'string') return undefined;
  const number = /^Unknown error code (-?\d+)$/.exec(error.message)?.[1];
  return number === undefined ? error.type : younger[number];
}

/** Whether TLS or the file system refused it: a retry with the same files can't help. */
function isRefusal(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : '';
  return (
    code === 'ENOENT' ||
    code === 'EACCES' ||
    code === 'EISDIR' ||
    /^ERR_(?:TLS|SSL|OSSL)|CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code)
  );
}

/** One line of the innermost error, which is the most precise. */
function reasonOf(chain: readonly Error[]): string {
  const innermost = chain.findLast(({ message }) => message !== '');
  return innermost?.message.split('\n', 1)[0] ?? 'no reason given';
}
