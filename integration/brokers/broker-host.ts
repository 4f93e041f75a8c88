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

export interface BrokerCommand {
  /** The image that runs the same program as its entry point. */
  readonly image: string;
  /** Finds or makes the program for this machine; asked only when there is no container. */
  readonly binary: () => Promise<string>;
  readonly args: readonly string[];
  /** A folder that the broker reads and writes, the same path inside and outside of a container. */
  readonly folder: string;
  /** A line of its log that says that it can be used. */
  readonly ready: RegExp;
}

const START_LIMIT_MS = 30_000;
const LOG_LINES_KEPT = 20;

/** Runs a broker in a container on the host's network where a Docker daemon has or gets the image, else as a local process. */
export async function runBroker(command: BrokerCommand): Promise<RunningBroker> {
  return (await inContainer(command)) ?? (await asProcess(command));
}

/** Broker processes of this test run: none outlives it, even when a test forgot one. */
const running = new Set<() => void>();
process.on('exit', () => {
  for (const kill of running) kill();
});

async function asProcess({ binary, args, folder, ready }: BrokerCommand): Promise<RunningBroker> {
  const child = spawn(await binary(), args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
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
    throw new Error(`${args.join(' ')} did not start: ${String(thrown)}\n${log.join('\n')}`, { cause: thrown });
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
async function inContainer({ image, args, folder, ready }: BrokerCommand): Promise<RunningBroker | undefined> {
  if (process.env['DOCKER_HOST'] === undefined && !existsSync('/var/run/docker.sock')) return undefined;
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  try {
    const client = await getContainerRuntimeClient();
    const started = await new GenericContainer(image)
      .withNetworkMode('host')
      .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
      .withBindMounts([{ source: folder, target: folder, mode: 'rw' }])
      .withCommand([...args])
      .withWaitStrategy(Wait.forLogMessage(ready))
      .withStartupTimeout(START_LIMIT_MS)
      .start();
    const container = client.container.getById(started.getId());
    return {
      async end(signal) {
        const gone = container.wait();
        await container.kill({ signal });
        await gone;
        await container.remove({ force: true });
      },
      async signal(signal) {
        await container.kill({ signal });
      },
    };
  } catch {
    return undefined;
  }
}
