import { LONGEST_REASON, shortened } from '../bounded-text.ts';
import { type Answer, MalformedAnswer } from './contract.ts';

/** The `ok` of a handler that returns no messages. */
export const completed = (): Answer => ({ kind: 'completed', messages: [] });

/**
 * Makes a call whose WIT type is a result. Generated code returns its `ok` and throws its `err` unchanged; if the component suspends, it does so
 * later. Traps and faults of the host are Errors and are rethrown.
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

/** An error after which another attempt may succeed. It may have any type: a text, or a case that may hold one. */
export function failedBy(err: unknown): Answer {
  return { kind: 'failed', reason: reasonIn(err) };
}

/** The guest's own words; they appear in the event's trace and its dead letter. */
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
