/** Thrown by a host function, it becomes the `err` of the function's WIT result: jco's generated code looks for `payload`. */
export class WitError<Payload> extends Error {
  override readonly name = 'WitError';
  readonly payload: Payload;

  constructor(payload: Payload) {
    super(typeof payload === 'string' ? payload : 'the error of a WIT result');
    this.payload = payload;
  }
}
