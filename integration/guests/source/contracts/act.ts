import { utf8 } from '../guest';
import { getConfig, logLine } from '../host';

/** Logs what the guest was handed, as the tests read it. */
export function seen(text: string): void {
  const context = utf8('seen');
  const line = utf8(text);
  logLine(2, changetype<usize>(context), context.byteLength, changetype<usize>(line), line.byteLength);
}

/** Whether the guest is to answer with an error, by the first word of its data; `trap` and `spin` never return. */
export function fails(data: string): bool {
  const word = data.split(' ')[0];
  if (word == 'trap') unreachable();
  if (word == 'spin') while (true) {}
  return word == 'fail';
}

/** What the manifest says under `config.do`, for contracts that hand over no data. */
export function configured(): string {
  const key = utf8('do');
  const answer = heap.alloc(16);
  getConfig(changetype<usize>(key), key.byteLength, answer);
  return load<u8>(answer) == 0 && load<u8>(answer, 4) == 1 ? textAt(answer + 8) : '';
}

export function text(address: usize, length: usize): string {
  return String.UTF8.decodeUnsafe(address, length);
}

/** A string whose address and length lie there. */
export function textAt(at: usize): string {
  return text(load<usize>(at), load<usize>(at, 4));
}

/** `key=value` of each pair of a list of them. */
export function pairs(list: usize, count: usize): string {
  let line = '';
  for (let n: usize = 0; n < count; n++) line += ` ${textAt(list + 16 * n)}=${textAt(list + 16 * n + 8)}`;
  return line;
}

/** `result<_, string>`. */
export function orText(failed: bool): usize {
  const answer = heap.alloc(12);
  store<u8>(answer, u8(failed));
  return withText(answer, 4);
}

/** `result<_, variant { …, other(string) }>`, `other` being case number `tag`. */
export function orOther(failed: bool, tag: u8): usize {
  const answer = heap.alloc(16);
  store<u8>(answer, u8(failed));
  store<u8>(answer, tag, 4);
  return withText(answer, 8);
}

/** Writes the reason of a failure. */
export function withText(answer: usize, offset: usize): usize {
  const reason = utf8('asked to fail');
  store<usize>(answer + offset, changetype<usize>(reason));
  store<usize>(answer + offset + 4, reason.byteLength);
  return answer;
}
