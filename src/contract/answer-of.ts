import { LONGEST_REASON, shortened } from '../bounded-text.ts';
import { type Answer, MalformedAnswer } from './contract.ts';

/** The `ok` of a handler that publishes nothing by what it returns. */
export const completed = (): Answer => ({ kind: 'completed', messages: [] });

/**
 * Makes a call whose WIT type is a result: generated code returns its `ok` and throws its `err` as it is, or does the same later when the
 * component suspends. Traps and faults of the host are Errors, and thrown on.
 */
export function answerOf(
  call: () => unknown,
  completed: (ok: unknown) => Answer,
  refused: (err: unknown) => Answer,
): Answer | Promise<Answer> {
  const failed = (thrown: unknown): Answer => {
    if (thrown instanceof Error) throw thrown;
    return refused(thrown);
  };
  try {
    const ok = call();
    return ok instanceof Promise ? ok.then(completed, failed) : completed(ok);
  } catch (thrown) {
    return failed(thrown);
  }
}

/** An error after which another attempt may succeed, whatever its type is: a text, or a case that may hold one. */
export function failedBy(err: unknown): Answer {
  return { kind: 'failed', reason: reasonIn(err) };
}

/** In the guest's words: kept with the event, in its trace and its dead letter. */
export function reasonIn(err: unknown): string {
  if (err === undefined) return 'the component answered with an error that says nothing';
  if (typeof err === 'string') return shortened(err, LONGEST_REASON);
  if (typeof err === 'object' && err !== null && 'tag' in err && typeof err.tag === 'string') {
    const held = 'val' in err && typeof err.val === 'string' ? err.val : undefined;
    if (held === undefined) return shortened(err.tag, LONGEST_REASON);
    return shortened(err.tag === 'other' ? held : `${err.tag}: ${held}`, LONGEST_REASON);
  }
  throw new MalformedAnswer('wanted an error that is a text or a case');
}
