import { completed, completedWith, Event, message, retry } from './guest';

const FAR: usize = 0xffff_0000;

/** Answers with something that is no answer; the data says with what. */
export function handle(event: Event): usize {
  const what = event.text;
  if (what == 'answer out of bounds') return FAR;
  if (what == 'list out of bounds') return completed(FAR, 10);
  if (what == 'list too long') return completed(changetype<usize>(message('out', 0, 0)), 0x7fff_ffff);
  if (what == 'data out of bounds') return completedWith(message('out', FAR, 10));
  if (what == 'unaligned') return completed() + 1;
  if (what == 'discriminant') return set(completed(), 0, 7);
  if (what == 'failure discriminant') return set(retry('not yet'), 4, 9);
  if (what == 'option discriminant') return set(retry('not yet'), 16, 5);
  if (what == 'utf-8') {
    const broken = retry('\u00e9 is two bytes');
    store<u8>(load<usize>(broken, 8), 0xff);
    return broken;
  }
  return unreachable();
}

function set(answer: usize, offset: usize, value: u8): usize {
  store<u8>(answer + offset, value);
  return answer;
}
