import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TemporaryApp } from '../temporary-app.ts';

const adapter = `
  import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
  import { SluiceError } from ${JSON.stringify(import.meta.resolve('../../src/trigger/index.ts'))};
  const open = async ({ fails }) => {
    throw fails === 'fault' ? new Error('index out of range') : new SluiceError('SLU3001', 'the stream is gone');
  };
  const part = { schema: z.strictObject({ fails: z.string() }), open, destination: () => 'nowhere' };
  export const adapter = { type: 'broken', summary: 'Can not be opened.', trigger: part, output: part };`;

const queue = '[[trigger.queue]]\nname = "in"\nqueue = "in"\ncomponent = "choose"';
const broken = (keys: string): string => `[[trigger."./broken.ts"]]\nname = "broken"\ncomponent = "choose"\n${keys}`;

interface Case {
  readonly what: string;
  readonly code: number;
  readonly args: readonly string[];
  readonly toml?: string;
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  { what: 'done', code: 0, args: ['invoke', 'choose', 'ok'], says: /^completed$/m },
  { what: 'the handler failed', code: 1, args: ['invoke', 'choose', 'fail'], says: /^failed: asked to fail$/m },
  { what: 'the handler trapped', code: 1, args: ['invoke', 'choose', 'trap'], says: /^trapped: .*unreachable/m },
  { what: 'an unknown option', code: 2, args: ['up', '--untl-idle', '1s'], says: /SLU1001: .*--untl-idle/ },
  { what: 'an unknown command', code: 2, args: ['pu'], says: /SLU1001: .*'pu'/ },
  { what: 'an unknown trigger', code: 2, args: ['up', '--only', 'im'], says: /SLU1001: .*'im'[^]*did you mean/i },
  { what: 'a manifest that is not there', code: 3, args: ['up', '-m', 'nowhere'], says: /SLU1101: / },
  { what: 'a wrong key', code: 3, args: ['up'], toml: `${queue}\nqeue = "x"`, says: /SLU1203: [^]*qeue/ },
  {
    what: 'no such component file',
    code: 4,
    args: ['up'],
    toml: `component.choose.source = "no.wasm"\n${queue}`,
    says: /SLU2001: /,
  },
  {
    what: 'not a component',
    code: 4,
    args: ['up'],
    toml: `component.choose.source = "sluice.toml"\n${queue}`,
    says: /SLU2002: /,
  },
  {
    what: 'an output that refuses for good',
    code: 5,
    args: ['up'],
    toml: `${queue}\n[output.o]\ntype = "./broken.ts"\nfails = "broker"`,
    says: /SLU3001: the stream is gone\n {2}in: .*output\.o/,
  },
  {
    what: 'all triggers failed',
    code: 5,
    args: ['up'],
    toml: broken('fails = "broker"'),
    says: /SLU3001: the stream is gone/,
  },
  {
    what: 'a trigger failed whose failure ends Sluice',
    code: 5,
    args: ['up'],
    toml: `${queue}\n${broken('fails = "broker"\non_failure = "exit"')}`,
    says: /SLU3001: the stream is gone\n {2}in: trigger broken/,
  },
  {
    what: 'a trigger failed while others drained',
    code: 5,
    args: ['up', '--until-idle', '100ms'],
    toml: `${queue}\n${broken('fails = "broker"')}`,
    says: /SLU3001: the stream is gone/,
  },
  {
    what: 'a trigger failed with what is no error of ours',
    code: 5,
    args: ['up'],
    toml: broken('fails = "fault"'),
    says: /SLU3006: trigger 'broken' failed: index out of range/,
  },
  {
    what: 'a fault',
    code: 70,
    args: ['up'],
    toml: `${queue}\n[output.o]\ntype = "./broken.ts"\nfails = "fault"`,
    says: /SLU9001: .*index out of range/,
  },
];

describe('sluice', { concurrency: 2 }, () => {
  for (const { what, code, args, toml, says } of cases) {
    test(`ends with ${code}: ${what}`, async () => {
      const guests = toml?.includes('choose.source') === true ? [] : ['choose'];
      using app = await TemporaryApp.create({ guests, toml: toml ?? queue });
      app.write('broken.ts', adapter);
      const ended = await app.run(args);
      assert.match(`${ended.stdout}${ended.stderr}`, says);
      assert.equal(ended.code, code);
      assert.doesNotMatch(ended.stderr, /^\s+at /m, 'no stack is shown');
    });
  }
});
