import { registerDead } from '../../src/cli/commands/dead.ts';
import { registerInvoke } from '../../src/cli/commands/invoke.ts';
import { registerPublish } from '../../src/cli/commands/publish.ts';
import type { RegisterCommand } from '../../src/cli/run.ts';
import { CommandLine } from '../../src/cli/testing/command-line.ts';
import { registerUp } from '../../src/cli/commands/up.ts';
import type { InstancePool } from '../../src/pool/pool.ts';
import { run, ToldCall } from '../../src/pool/testing/told-call.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { LONGEST_REASON } from '../../src/bounded-text.ts';
import type { Host } from './players.ts';

// What a guest and a sender write, and a person at a terminal sees.

/** What a terminal acts on, with line ends between, and what would be a line of the log if one of them ended a line. */
const HOSTILE_TEXT = 'x\n\u001B]0;owned\u0007\r\n\u009B2J\u202E\u2028\nforged: all is well\n';
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Longest line, in UTF-16 code units: that of a guest, with each unit escaped. */
const LONGEST_LINE = 50_000;
const LONG_ID = 100_000;

/** Pieces that the patterns look for which hide secrets, or that they run through on their way. */
const SHAPES = ['a', 'a.', 'a:', 'a@', 'a://', 'nats://', 'nats://a', '://a@', 'tls://a@b,', '/a', '=a'];
/** One that they find nothing in. */
const HARMLESS = ' ';
/** How much more work a hostile text may be than a harmless one of the same length. Measured: twice; quadratic patterns make it hundreds of times. */
const MOST_WORK = 20;
const LINES = 10;

/** Keeps what is written to standard error, as a terminal would show it. */
class Terminal implements Disposable {
  readonly #isTTY = process.stderr.isTTY;
  text = '';

  constructor() {
    process.env['NO_COLOR'] = '1';
    process.stderr.isTTY = true;
    process.stderr.write = (data: string | Uint8Array): boolean => {
      this.text += typeof data === 'string' ? data : Buffer.from(data).toString();
      return true;
    };
  }

  /** Its own function is its prototype's. */
  [Symbol.dispose](): void {
    Reflect.deleteProperty(process.stderr, 'write');
    process.stderr.isTTY = this.#isTTY;
  }
}

/** Plays an event whose texts are hostile, and whose guest repeats them, to `up`, `dead` and `invoke`; tells what of them got through. */
export async function shownByCommands(component: string, host: Host, cacheDir: string): Promise<string[]> {
  const toml = `app.name = "shown"
cache.dir = ${JSON.stringify(cacheDir)}
server.listen = "off"
[component.says]
source = ${JSON.stringify(component)}
pool = { host = "${host}", threads = 1, instances = 1 }
[[trigger.queue]]
name = "jobs"
component = "says"
queue = "jobs"
retry = { attempts = 1 }
`;
  using line = new CommandLine({ 'sluice.toml': toml });
  const shown = async (command: RegisterCommand, ...argv: string[]): Promise<string> => {
    using terminal = new Terminal();
    const stdout = { write: () => {}, isTerminal: true };
    const ran = await line.run([command], argv, { stdout, stderr: { ...stdout } });
    return `${terminal.text}${ran.stderr}${ran.stdout}`;
  };
  const data = `h${HOSTILE_TEXT}`;
  const id = `${HOSTILE_TEXT}${'x'.repeat(LONG_ID)}`;
  await shown(registerPublish, 'publish', 'jobs', data, '--id', id, '--key', HOSTILE_TEXT);
  const texts = {
    up: await shown(registerUp, 'up', '--until-idle', '10ms', '--trace', 'console'),
    list: await shown(registerDead, 'dead', 'list'),
    json: await shown(registerDead, 'dead', 'show', '1'),
    invoke: await shown(registerInvoke, 'invoke', 'says', data, '--subject', HOSTILE_TEXT, '--trace'),
  };
  const wrong = Object.entries(texts).flatMap(([name, text]) => wrongWith(text).map((what) => `${name}: ${what}`));
  // A text that is shown alone keeps its line ends.
  if (UNPRINTABLE.test(await shown(registerDead, 'dead', 'show', '1', '--data'))) wrong.push('data is not printable');
  return wrong;
}

function wrongWith(text: string): string[] {
  const wrong: string[] = [];
  if (!text.includes('x\\n\\u001b')) wrong.push(`the hostile text is not shown: ${text.slice(0, 2000)}`);
  if (UNPRINTABLE.test(text)) wrong.push('a character is not printable');
  if (/^forged/m.test(text)) wrong.push('a line is forged');
  const longest = Math.max(...text.split('\n').map(({ length }) => length));
  if (longest > LONGEST_LINE) wrong.push(`a line has ${longest} characters`);
  return wrong;
}

/** Hands out texts of many shapes, and logs what the guest makes of them; tells for which that is more than linear work. */
export async function loggedShapes(pool: InstancePool): Promise<string[]> {
  let written = 0;
  const log = createLogger({ format: 'human', stream: { write: (text) => void (written += text.length) } });
  const workOf = async (shape: string): Promise<number> => {
    const text = shape.repeat(Math.ceil(512 / shape.length));
    const call = new ToldCall(`h${text}`);
    pool.submit(call);
    const outcome = await call.outcome;
    if (outcome.kind !== 'rejected') throw new Error(`wanted a rejection, got ${JSON.stringify(outcome)}`);
    if (outcome.reason.length !== LONGEST_REASON) throw new Error(`a reason has ${outcome.reason.length} characters`);
    const before = process.threadCpuUsage();
    for (let n = 0; n < LINES; n += 1) for (const line of call.lines) log.info({ context: line.context }, line.text);
    log.warn({ reason: outcome.reason }, outcome.reason);
    const { user, system } = process.threadCpuUsage(before);
    return user + system;
  };
  await workOf(HARMLESS); // its code is compiled then
  const harmless = await workOf(HARMLESS);
  const wrong: string[] = [];
  for (const shape of SHAPES) {
    const work = await workOf(shape);
    if (work <= MOST_WORK * harmless) continue;
    wrong.push(`${JSON.stringify(shape)} is ${Math.round(work / harmless)} times the work`);
    break;
  }
  if (written === 0 || (await run(pool, 'well')).kind !== 'completed') wrong.push('nothing was written');
  return wrong;
}
