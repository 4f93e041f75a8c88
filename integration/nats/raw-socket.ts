import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection that sends what no client would: subjects and header blocks of any bytes. */
export class RawSocket implements Disposable {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(port: number): Promise<RawSocket> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'data'); // INFO
    socket.write('CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}\r\n');
    return new RawSocket(socket);
  }

  /** Resolves when the server has it. */
  async publish(subject: Uint8Array, block: Uint8Array, data: Uint8Array): Promise<void> {
    const head = Buffer.from(` ${block.length} ${block.length + data.length}\r\n`);
    this.#socket.write(Buffer.concat([Buffer.from('HPUB '), subject, head, block, data, Buffer.from('\r\nPING\r\n')]));
    for (;;) {
      const [answer] = (await once(this.#socket, 'data')) as [Buffer];
      if (answer.includes('-ERR')) throw new Error(answer.toString());
      if (answer.includes('PONG')) return;
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
