import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const entries = { source: join(root, 'src', 'cli', 'main.ts'), built: join(root, 'dist', 'src', 'cli', 'main.js') };

export interface Ended {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SluiceOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** The sources (default), or what `npm run build` made of them, which is what users run. */
  readonly entry?: 'source' | 'built';
  /** A command that runs the one it is given: `['sh', '-c', 'ulimit -f 100; exec "$0" "$@"']`. */
  readonly via?: readonly string[];
}

/** `sluice ARGS` as a process of its own. */
export class SluiceProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #watchers = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  #closed = false;

  constructor(args: readonly string[], { cwd, env = {}, input, entry = 'source', via = [] }: SluiceOptions) {
    const [command = process.execPath, ...rest] = [...via, process.execPath, entries[entry], ...args];
    this.#child = spawn(command, rest, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdin?.on('error', () => {}); // it may end without reading
    this.#child.stdin?.end(input ?? '');
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#heard();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#heard();
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        this.#closed = true;
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
        this.#heard();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Resolves with the first match in what it said on stdout or stderr; rejects when it ended without saying it. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stderr) ?? pattern.exec(this.#stdout);
      if (match !== null) return match;
      if (this.#closed) throw new Error(`sluice ended without saying ${pattern}:\n${this.#stderr}`);
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  /** Resolves with how it ended, after all that it said. */
  ended(): Promise<Ended> {
    return this.#ended;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #heard(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const wake of watchers) wake();
  }
}

/** Runs `sluice ARGS` to its end. */
export async function sluice(args: readonly string[], options: SluiceOptions): Promise<Ended> {
  await using running = new SluiceProcess(args, options);
  return await running.ended();
}
