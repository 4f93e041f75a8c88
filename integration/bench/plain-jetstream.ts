import { jetstream, jetstreamManager, type JsMsg } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { plainWork } from './plain-work.ts';
import { type Run, Stopwatch } from './stopwatch.ts';

/** Messages that the consumer asks for at once: as many as the runtime's window. */
const WINDOW = 4096;

export interface PlainStream {
  readonly address: string;
  readonly stream: string;
  readonly count: number;
}

let durables = 0;

/**
 * The loop that people write with the client: consume with a callback, work, acknowledge. `confirmed`: as Sluice does it, a message counts
 * when the server has confirmed that it is settled, which it is asked once for all messages of a turn of the event loop; else when its
 * acknowledgement was sent, which may be lost.
 */
export async function consumeLoop({ address, stream, count }: PlainStream, { confirmed = true } = {}): Promise<Run> {
  const nc = await connect({ servers: address });
  const jsm = await jetstreamManager(nc);
  const durable = `plain${(durables += 1)}`;
  await jsm.consumers.add(stream, { durable_name: durable, ack_policy: 'explicit', max_ack_pending: 2 * WINDOW });
  const consumer = await jetstream(nc).consumers.get(stream, durable);
  const stopwatch = new Stopwatch(count);
  const group: JsMsg[] = [];
  const settle = async (): Promise<void> => {
    const settled = group.splice(0);
    for (const message of settled.slice(0, -1)) message.ack();
    if (!(await settled.at(-1)?.ackAck())) throw new Error('an acknowledgement was not confirmed');
    stopwatch.counted(settled.length);
  };
  await consumer.consume({
    max_messages: WINDOW,
    callback: (message) => {
      stopwatch.begin();
      plainWork(message.data);
      if (confirmed) {
        if (group.push(message) === 1) setImmediate(() => void settle());
      } else {
        message.ack();
        stopwatch.counted(1);
      }
    },
  });
  const run = await stopwatch.ended;
  await jsm.consumers.delete(stream, durable);
  await nc.close();
  return run;
}
