/** What `allow.publish` says: for each output of the manifest, patterns of the topics that a component may name for it. */
export type PublishGrant = Readonly<Record<string, readonly string[]>>;

/** In UTF-16 code units; brokers take less. */
const LONGEST_TOPIC = 1024;
/** Blanks, control characters and wildcards. */
const NOT_LITERAL = /[\s*>\p{C}]/u;
/** Where topics have parts: NATS and Kafka write dots, MQTT writes slashes. */
const PARTS = /([./])/;
/** What brokers keep for themselves begins so, such as `$JS.API` and `_INBOX` of NATS: a message there is a command or an answer. */
const RESERVED = /^[$_]/;

/** Whether a text may be a topic (subject, channel): literal, and with no part that a terminal or a broker would take for something else. */
export function isTopic(text: string): boolean {
  return text !== '' && text.length <= LONGEST_TOPIC && !NOT_LITERAL.test(text);
}

/** Whether a text is a pattern of topics: a topic in which `*` may stand for one whole part, and `>` at the end for one or more. */
export function isTopicPattern(text: string): boolean {
  const parts = text.split(PARTS);
  const last = parts.length - 1;
  const literal = parts.map((part, at) => (part === '*' || (part === '>' && at === last) ? 'any' : part));
  return isTopic(literal.join(''));
}

/**
 * Whether a pattern covers a topic. A wildcard never stands for a first part that begins with `$` or `_`: what brokers keep for themselves has
 * to be named.
 */
export function coversTopic(pattern: string, topic: string): boolean {
  const wanted = pattern.split(PARTS);
  const parts = topic.split(PARTS);
  for (const [at, part] of wanted.entries()) {
    const given = parts[at];
    if (given === undefined || given === '') return part === given;
    if (part !== given && at === 0 && RESERVED.test(given)) return false;
    if (part === '>') return true;
    if (part !== '*' && part !== given) return false;
  }
  return wanted.length === parts.length;
}

/** The first output whose patterns cover the topic. `undefined`: none is granted for it. */
export function outputFor(grant: PublishGrant, topic: string): string | undefined {
  return Object.keys(grant).find((output) => mayPublish(grant, output, topic));
}

/** Whether a component may publish to that output under that topic. */
export function mayPublish(grant: PublishGrant, output: string, topic: string): boolean {
  if (!Object.hasOwn(grant, output) || !isTopic(topic)) return false;
  return grant[output]?.some((pattern) => coversTopic(pattern, topic)) ?? false;
}
