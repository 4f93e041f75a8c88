import { GuestExit } from '../capability/capability.ts';
import { giveCommand } from '../capability/wasi/cli.ts';
import { type Header, headerOf } from '../event.ts';
import { answerOf, completed } from './answer-of.ts';
import { cloudAttributes } from './cloud-attributes.ts';
import { type Answer, compatibleExport, type Contract, type GuestEvent } from './contract.ts';

interface Run {
  readonly run: () => unknown;
}

/**
 * `run: func() -> result` of wasi:cli 0.2: a command. It reads the data from standard input, and the attributes of CloudEvents from its environment
 * as `CE_ID`, `CE_ATTEMPT`, …, and the trace as `TRACEPARENT`; the manifest gives its arguments. Status 0 completes, any other requests another
 * attempt. A command runs once, so each event gets a new instance.
 */
export const wasiCli: Contract = {
  name: 'wasi:cli/run',
  lacks: 'headers',
  isolation: 'fresh',
  lends: true,
  entry: (exports) => compatibleExport(exports, 'wasi:cli/run', '0.2'),
  functionOf: (entry) => `${entry}#run`,
  bind(exported, hosts) {
    const { run } = exported as Run; // its type was checked by the transpiler
    const host = hosts('wasi');
    return {
      one(event) {
        giveCommand(host, { stdin: event.data, env: environmentOf(event) });
        try {
          const answer = answerOf(run, completed, () => failed('the command failed'));
          return answer instanceof Promise ? answer.catch(exited) : answer;
        } catch (thrown) {
          return exited(thrown);
        }
      },
    };
  },
};

function environmentOf(event: GuestEvent): readonly Header[] {
  const trace = headerOf(event.headers, 'traceparent');
  const attributes = [
    ...cloudAttributes(event),
    ...(event.contentType === undefined ? [] : [['datacontenttype', event.contentType] as const]),
  ];
  return [
    ...attributes.map(([name, value]): Header => [`CE_${name.toUpperCase()}`, value]),
    ...(trace === undefined ? [] : [['TRACEPARENT', trace] as const]),
  ];
}

function exited(thrown: unknown): Answer {
  if (!(thrown instanceof GuestExit)) throw thrown;
  return thrown.status === 0 ? completed() : failed(`the command ended with status ${thrown.status}`);
}

function failed(reason: string): Answer {
  return { kind: 'failed', reason };
}
