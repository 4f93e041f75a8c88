import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A broker that runs, wherever it runs. */
export interface RunningBroker {
  /** Sends the signal and resolves when the broker is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2' | 'SIGHUP'): Promise<void>;
}

export interface BrokerProcess {
  /** Finds or makes the program for this machine, and says which it is and what its arguments begin with. */
  readonly program: () => Promise<readonly [file: string, ...args: string[]]>;
  readonly args: readonly string[];
  /** A folder that the broker reads and writes, the same path inside and outside of a container. */
  readonly folder: string;
  /** A line of its log that says that it can be used. */
  readonly ready: RegExp;
}

export interface BrokerCommand extends BrokerProcess {
  readonly image: string;
  /** What stands for `program` in the container. Default: the image's own entry point. */
  readonly entrypoint?: readonly string[];
}

/** A guard against what hangs: on a busy machine a broker takes long to start. */
const START_LIMIT_MS = 120_000;
const LOG_LINES_KEPT = 20;

/** Runs a broker in a container on the host's network where a Docker daemon has or gets the image, else as a local process. */
export async function runBroker(command: BrokerCommand): Promise<RunningBroker> {
  return (await inContainer(command)) ?? (await runProcess(command));
}

/** Broker processes of this test run: none outlives it, even when a test forgot one. */
const running = new Set<() => void>();
process.on('exit', () => {
  for (const kill of running) kill();
});

/** Runs it as a local process even where there are containers. */
export async function runProcess({ program, args, folder, ready }: BrokerProcess): Promise<RunningBroker> {
  const [file, ...first] = await program();
  const child = spawn(file, [...first, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  running.add(kill);
  const gone = once(child, 'close').then(() => running.delete(kill));
  const log: string[] = [];
  const started = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.push(line);
      if (log.length > LOG_LINES_KEPT) log.shift();
      if (ready.test(line)) started.resolve();
    });
  }
  const timer = setTimeout(() => started.reject(new Error('it took too long')), START_LIMIT_MS);
  void gone.then(() => started.reject(new Error('it ended')));
  try {
    await started.promise;
  } catch (thrown) {
    kill();
    throw new Error(`${[file, ...first, ...args].join(' ')} did not start: ${String(thrown)}\n${log.join('\n')}`, {
      cause: thrown,
    });
  } finally {
    clearTimeout(timer);
  }
  return {
    async end(signal) {
      child.kill(signal);
      await gone;
    },
    async signal(signal) {
      child.kill(signal);
    },
  };
}

/** `undefined` when there is no daemon or the image can't be had. */
async function inContainer({
  image,
  entrypoint,
  args,
  folder,
  ready,
}: BrokerCommand): Promise<RunningBroker | undefined> {
  if (process.env['DOCKER_HOST'] === undefined && !existsSync('/var/run/docker.sock')) return undefined;
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  try {
    const client = await getContainerRuntimeClient();
    const container = new GenericContainer(image);
    if (entrypoint !== undefined) container.withEntrypoint([...entrypoint]);
    const started = await container
      .withNetworkMode('host')
      .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
      .withBindMounts([{ source: folder, target: folder, mode: 'rw' }])
      .withCommand([...args])
      .withWaitStrategy(Wait.forLogMessage(ready))
      .withStartupTimeout(START_LIMIT_MS)
      .start();
    const running = client.container.getById(started.getId());
    return {
      async end(signal) {
        const gone = running.wait();
        await running.kill({ signal });
        await gone;
        await running.remove({ force: true });
      },
      async signal(signal) {
        await running.kill({ signal });
      },
    };
  } catch {
    return undefined;
  }
}
