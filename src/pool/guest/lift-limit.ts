import { OutputTooLarge } from '../../component/glue/glue-boundary.ts';

/** How many bytes are copied between two looks at what is held; a look takes some 15 us. */
const LOOK_EVERY_BYTES = 16 * 2 ** 20;

/**
 * Generated code copies each list<u8> out of a guest's memory by `ArrayBuffer.prototype.slice`, before our code can see its length. This
 * corrects two faults of that in this thread.
 *
 * - A guest may answer with a million lists of the same 64 MiB, and `resourceLimits` don't bound what is held outside of the heap. Now
 *   `mostBytes` does, roughly; more throws OutputTooLarge.
 * - A list that lies outside of memory would be taken for a shorter one. Now it throws a RangeError, as other values do.
 */
export function limitLifting(mostBytes: number): void {
  const slice: (this: ArrayBuffer, begin: number, end: number) => ArrayBuffer = Reflect.get(
    ArrayBuffer.prototype,
    'slice',
  );
  let sinceLook = 0;
  const limited = function (this: ArrayBuffer, begin = 0, end = this.byteLength): ArrayBuffer {
    if (end > this.byteLength) throw new RangeError('a list lies outside of memory');
    sinceLook += end - begin;
    if (sinceLook > LOOK_EVERY_BYTES) {
      sinceLook = 0;
      const { arrayBuffers } = process.memoryUsage();
      if (arrayBuffers > mostBytes) throw new OutputTooLarge(`values of more than ${mostBytes} bytes were handed over`);
    }
    return slice.call(this, begin, end);
  };
  Reflect.set(ArrayBuffer.prototype, 'slice', limited);
}
