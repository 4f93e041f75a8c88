import { completedWith, Event, message } from './guest';

/** Answers with one message for `out`: the event's data, key, content type and headers, byte for byte. */
export function handle(event: Event): usize {
  const copy = message('out', event.data, event.dataLength);
  copy.hasKey = event.hasKey;
  copy.key = event.key;
  copy.keyLength = event.keyLength;
  copy.hasContentType = event.hasContentType;
  copy.contentType = event.contentType;
  copy.contentTypeLength = event.contentTypeLength;
  copy.headers = event.headers;
  copy.headersLength = event.headersLength;
  return completedWith(copy);
}
