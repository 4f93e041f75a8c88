/** An answer is larger than what one call may return. */
export class OutputTooLarge extends Error {
  override readonly name = 'OutputTooLarge';
}

/** How many copied bytes go by between two looks at what is held; looking takes some microseconds. */
const LOOK_EVERY_BYTES = 16 * 2 ** 20;

/**
 * Bounds the memory that guests can make this thread hold outside of its heap, which `resourceLimits` does not. The generated code copies
 * each list<u8> out of the guest's memory before anybody can see how much it is, and a guest may answer with a million lists of the same
 * 64 MiB. The one way that it has to copy is `ArrayBuffer.prototype.slice`, so that looks now and then.
 */
export function limitLifting(mostBytes: number): void {
  const slice: (this: ArrayBuffer, begin: number, end: number) => ArrayBuffer = Reflect.get(
    ArrayBuffer.prototype,
    'slice',
  );
  let sinceLook = 0;
  const limited = function (this: ArrayBuffer, begin = 0, end = this.byteLength): ArrayBuffer {
    sinceLook += end - begin;
    if (sinceLook > LOOK_EVERY_BYTES) {
      sinceLook = 0;
      const held = process.memoryUsage().arrayBuffers;
      if (held > mostBytes) throw new OutputTooLarge(`the guest handed over more than ${mostBytes} bytes`);
    }
    return slice.call(this, begin, end);
  };
  Reflect.set(ArrayBuffer.prototype, 'slice', limited);
}
