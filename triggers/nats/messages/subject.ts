import { type Message, SluiceError } from '#trigger';

/** A subject to publish to: no wildcards, no blanks. */
export const literalSubject = /^[^\s.*>]+(?:\.[^\s.*>]+)*$/;

/** Whether a pattern with `*` and `>` matches a subject (docs.nats.io, subject-based messaging). */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [at, token] of wanted.entries()) {
    if (token === '>') return tokens.length > at;
    if (at >= tokens.length || (token !== '*' && token !== tokens[at])) return false;
  }
  return wanted.length === tokens.length;
}

/** Whether there is a subject that both patterns match. */
export function overlap(one: string, other: string): boolean {
  const [left, right] = [one.split('.'), other.split('.')];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    if (left[at] === '>' || right[at] === '>') return true;
    if (left[at] !== '*' && right[at] !== '*' && left[at] !== right[at]) return false;
  }
  return left.length === right.length;
}

/** The subject to which a publisher sends a message; `undefined` if unknown. */
export type SubjectOf = (message: Message) => string | undefined;

/** Subjects of the server itself or for answers: a message that is published there is a command. */
const COMMANDS = /^(?:\$|_INBOX\.)/;

/**
 * The subject for an event that goes back into a source which reads `subjects`: its original subject if the source reads that, else the only one
 * there is. Throws SLU3308 for an event from elsewhere: a message must not choose where Sluice publishes.
 */
export function backTo(subjects: readonly string[]): SubjectOf {
  const [first = '', ...others] = subjects;
  const only = others.length === 0 && literalSubject.test(first) ? first : undefined;
  return ({ subject }: Message) => {
    const place = subject === undefined || only !== undefined ? only : subject;
    if (place === undefined) return undefined;
    if (place.includes('\ufffd')) {
      throw new SluiceError('SLU3308', `an event can't go back to '${place}': its subject was not UTF-8`, {
        ofMessage: true,
      });
    }
    if (!COMMANDS.test(place) && subjects.some((pattern) => matches(pattern, place))) return place;
    throw new SluiceError('SLU3308', `an event can't go back to '${place}', which the trigger does not read`, {
      ofMessage: true,
      fix: `publish it by hand to one of ${subjects.join(', ') || 'the subjects of the stream'}`,
    });
  };
}
