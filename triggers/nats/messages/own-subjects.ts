import { type Message, SluiceError } from '#trigger';
import { literalSubject } from '../options/output-options.ts';
import type { SubjectOf } from './outgoing.ts';
import { matches } from './subject-pattern.ts';

/** Subjects that are the server's own, or that answers come on: what is published there is a command. */
const COMMANDS = /^(?:\$|_INBOX\.)/;

/**
 * Where an event goes that is put back into a source which reads `subjects`: to the one that it came from, if the source reads that, else to
 * the only one there is. Throws SLU3308 for one that came from elsewhere: a message must not choose where Sluice publishes.
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
