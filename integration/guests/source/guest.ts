// The event and the answer as the canonical ABI lays them out in memory, so that a guest is a few lines.
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md

/** `record event`, laid out as the canonical ABI lowers it. Each list or string is an address and a length in bytes or items. */
@unmanaged
export class Event {
  id: usize;
  idLength: usize;
  source: usize;
  sourceLength: usize;
  subject: usize;
  subjectLength: usize;
  time: u64;
  hasKey: u8;
  key: usize;
  keyLength: usize;
  hasContentType: u8;
  contentType: usize;
  contentTypeLength: usize;
  attempt: u32;
  headers: usize;
  headersLength: usize;
  data: usize;
  dataLength: usize;

  /** `data` as text. */
  get text(): string {
    return String.UTF8.decodeUnsafe(this.data, this.dataLength);
  }
}

/** `record message`, to be filled in and answered with. */
@unmanaged
export class Message {
  to: usize;
  toLength: usize;
  hasKey: u8;
  key: usize;
  keyLength: usize;
  hasContentType: u8;
  contentType: usize;
  contentTypeLength: usize;
  headers: usize;
  headersLength: usize;
  data: usize;
  dataLength: usize;
}

/** `result<list<message>, failure>`. The fields are named for the longest case, `retry`; the others use the first of them. */
@unmanaged
class Answer {
  isFailure: u8;
  failure: usize;
  reason: usize;
  reasonLength: usize;
  hasAfter: u8;
  afterMs: u32;
}

/** An event's alignment is that of `time`, so that in a list its size is rounded up to a multiple of 8. */
const EVENT_SIZE: usize = 80;

/** A string as the component model wants it. */
export function utf8(text: string): ArrayBuffer {
  return String.UTF8.encode(text);
}

/** A message for one output with the bytes at `data`. */
export function message(to: string, data: usize, dataLength: usize): Message {
  const name = utf8(to);
  const made = new Message();
  made.to = changetype<usize>(name);
  made.toLength = name.byteLength;
  made.data = data;
  made.dataLength = dataLength;
  return made;
}

/** `ok` with one message. */
export function completedWith(only: Message): usize {
  return completed(changetype<usize>(only), 1);
}

/** `ok` with the messages that lie side by side from `first`; none by default. */
export function completed(first: usize = 0, count: usize = 0): usize {
  const answer = new Answer();
  answer.failure = first;
  answer.reason = count;
  return changetype<usize>(answer);
}

/** `ok` with one message for the output `out`, holding `text`. */
export function say(text: string): usize {
  const bytes = utf8(text);
  return completedWith(message('out', changetype<usize>(bytes), bytes.byteLength));
}

/** `err(retry)`; without `afterMs` when that is negative. */
export function retry(reason: string, afterMs: i32 = -1): usize {
  const answer = failed(reason, 0);
  answer.hasAfter = u8(afterMs >= 0);
  answer.afterMs = afterMs;
  return changetype<usize>(answer);
}

/** `err(reject)`. */
export function reject(reason: string): usize {
  return changetype<usize>(failed(reason, 1));
}

function failed(reason: string, failure: usize): Answer {
  const text = utf8(reason);
  const answer = new Answer();
  answer.isFailure = 1;
  answer.failure = failure;
  answer.reason = changetype<usize>(text);
  answer.reasonLength = text.byteLength;
  return answer;
}

/** `list<result<list<message>, failure>>`: what `handle` answers for each event, side by side. */
export function handleEach(events: usize, count: usize, handle: (event: Event) => usize): usize {
  const size = offsetof<Answer>();
  const answers = heap.alloc(count * size);
  for (let n: usize = 0; n < count; n++) {
    memory.copy(answers + n * size, handle(changetype<Event>(events + n * EVENT_SIZE)), size);
  }
  const list = heap.alloc(8);
  store<usize>(list, answers);
  store<usize>(list, count, 4);
  return list;
}
