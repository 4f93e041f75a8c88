import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Io } from '../io.ts';
import { type RegisterCommand, run } from '../run.ts';

/** The result of a command line. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own, and command lines that run in it. */
export class CommandLine implements Disposable {
  readonly dir: string;
  readonly #remove: () => void;

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    const folder = mkdtempDisposableSync(join(tmpdir(), 'sluice-cli-'));
    this.dir = folder.path;
    this.#remove = () => folder.remove();
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** Nobody looks at it: neither stream is a terminal, unless `world` says so. */
  async run(commands: readonly RegisterCommand[], argv: readonly string[], world: Partial<Io> = {}): Promise<Ran> {
    const io: Io = { ...this.io(), ...world };
    const ran = { stdout: '', stderr: '' };
    io.stdout.write = (data) => void (ran.stdout += textOf(data));
    io.stderr.write = (data) => void (ran.stderr += textOf(data));
    const exitCode = await run(argv, io, commands);
    return { exitCode, ...ran };
  }

  io(): Io {
    return {
      cwd: this.dir,
      env: {},
      processors: 4,
      stdin: emptyInput(),
      stdout: { write: () => {}, isTerminal: false },
      stderr: { write: () => {}, isTerminal: false },
      onEndSignal: () => () => {},
      onHangup: () => () => {},
      exit: () => {},
      exitCode: 0,
    };
  }

  [Symbol.dispose](): void {
    this.#remove();
  }
}

function textOf(data: string | Uint8Array): string {
  return typeof data === 'string' ? data : new TextDecoder().decode(data);
}

async function* emptyInput(): AsyncGenerator<Uint8Array> {}
