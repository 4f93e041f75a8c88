import type { GuestHost, GuestLogLevel } from '../capability.ts';
import type { ByteSink } from './streams.ts';

/** The longest line, in UTF-16 code units. A longer one is passed on in pieces: output without line ends must not pile up. */
const LONGEST_PIECE = 4096;

/** Turns a guest's output into log records, line by line. A last line without a line end is passed on when the call ends. */
export class LineWriter implements ByteSink {
  readonly #host: GuestHost;
  readonly #level: GuestLogLevel;
  readonly #context: string;
  /** Keeps a character whose bytes come in two writes. */
  readonly #decoder = new TextDecoder();
  #rest = '';
  #awaitsEnd = false;

  constructor(host: GuestHost, level: GuestLogLevel, context: string) {
    this.#host = host;
    this.#level = level;
    this.#context = context;
  }

  write(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) this.#log(line.endsWith('\r') ? line.slice(0, -1) : line);
    const whole = rest.length - (rest.length % LONGEST_PIECE);
    if (whole > 0) this.#log(rest.slice(0, whole));
    this.#rest = rest.slice(whole);
    if (this.#awaitsEnd) return;
    this.#awaitsEnd = true;
    this.#host.afterCall(() => this.#end());
  }

  #end(): void {
    this.#awaitsEnd = false;
    const rest = this.#rest + this.#decoder.decode();
    this.#rest = '';
    if (rest !== '') this.#log(rest);
  }

  #log(line: string): void {
    let at = 0;
    do {
      this.#host.log({ level: this.#level, context: this.#context, text: line.slice(at, at + LONGEST_PIECE) });
      at += LONGEST_PIECE;
    } while (at < line.length);
  }
}
