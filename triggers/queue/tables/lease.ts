/** An item in somebody's hands. */
export interface Lease {
  readonly queue: number;
  readonly seq: number;
  readonly lane: Uint8Array | null;
  readonly token: number;
}
