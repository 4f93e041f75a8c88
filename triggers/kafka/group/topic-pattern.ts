import { SluiceError } from '#trigger';
import { runInNewContext } from 'node:vm';

/** Far longer than a sound expression takes for all topics of a cluster. */
const MOST_MS = 1000;

/**
 * The topics that match. An expression with nested repetitions may take years for a name that a stranger chose, so matching all of them may
 * take one second. Throws SLU3413 after that.
 */
export function topicsThatMatch(pattern: RegExp, topics: readonly string[]): readonly string[] {
  try {
    // Nothing else can stop a running match. The code is ours and sees only these two values.
    const places: unknown = runInNewContext(
      'topics.flatMap((topic, place) => (pattern.test(topic) ? [place] : []))',
      { pattern, topics },
      { timeout: MOST_MS },
    );
    return (places as readonly number[]).map((place) => topics[place]!); // what the line above makes
  } catch (thrown) {
    if (!isTimeout(thrown)) throw thrown;
    throw new SluiceError('SLU3413', `matching the pattern ${patternText(pattern)} takes more than ${MOST_MS} ms`, {
      fix: 'write it without a repetition in a repetition, as (a+)+ is: a+ matches the same',
    });
  }
}

/** The pattern as written in the manifest. */
export function patternText(pattern: RegExp): string {
  return pattern.source.slice('^(?:'.length, -')$'.length);
}

/** Node's own error, but from the other context, so it is not an instance of our classes. */
function isTimeout(thrown: unknown): boolean {
  return (thrown as { readonly code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
