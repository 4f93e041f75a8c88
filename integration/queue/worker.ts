import { enqueue } from '../../triggers/queue/enqueue.ts';
import { adapter } from '../../triggers/queue/index.ts';
import { StateFile } from '../../src/trigger/index.ts';
import { accept } from '../deliveries.ts';
import { adapterContext } from '../../src/trigger/conformance/index.ts';

/**
 * A process at a queue of a state file, told what to do: `worker.ts FILE publish|hold|drain`. `hold` takes 50 items and keeps them. It prints the id of each item that it is done
 * with: published and confirmed, held, or accepted.
 */
const [path = '', role = ''] = process.argv.slice(2);
const forever = new AbortController().signal;
const state = StateFile.open(path);
const part = adapter.trigger!; // the queue has one
// Longer than any test: what a dead process held does not come back by its lease running out.
const options = part.schema.parse({ queue: 'jobs', lease: '1h' });
const tell = (ids: readonly string[]): void => void process.stdout.write(`${ids.join('\n')}\n`);

if (role === 'publish') {
  for (let n = 0; ; n += 1) {
    const items = Array.from({ length: 1 + (n % 5) }, () => ({ headers: [], data: new Uint8Array(100) }));
    tell((await enqueue(state, 'jobs', items)).map(({ id }) => id));
  }
}

const trigger = await part.open(options, adapterContext(state), forever);
for (let held = 0; held < 50;) {
  const deliveries = await trigger.take(role === 'hold' ? 50 - held : 10, forever);
  if (role === 'hold') held += deliveries.length;
  else await accept(trigger, ...deliveries);
  tell(deliveries.map(({ event, attempt }) => `${event.id} ${attempt}`));
}
setInterval(() => {}, 1000); // holds on to them until it is killed
