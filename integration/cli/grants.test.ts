import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { TemporaryApp } from '../temporary-app.ts';

async function appWith(files: string): Promise<TemporaryApp> {
  const app = await TemporaryApp.create({
    guests: ['echo'],
    toml: `component.echo.allow.files = { ${files} }\n[[trigger.queue]]\ncomponent = "echo"\nqueue = "jobs"`,
  });
  mkdirSync(join(app.dir, 'data', 'b'), { recursive: true });
  return app;
}

const refused = {
  'the folder of the app': '"/work" = ".:rw"',
  'one folder in another': '"/a" = "data:rw", "/b" = "data/b:rw"',
};

for (const [what, files] of Object.entries(refused)) {
  test(`check, up and invoke refuse a grant of ${what}`, async () => {
    using app = await appWith(files);
    for (const command of [['check'], ['up', '--until-idle', '1s'], ['invoke', 'echo', 'x']]) {
      const { code: exitCode, stderr } = await app.run(command);
      assert.deepEqual([exitCode, /error SLU1209: component\.echo\.allow\.files/.test(stderr)], [3, true], stderr);
    }
  });
}

test('a granted folder that is missing is a warning of check, and an error of up and invoke', async () => {
  using app = await appWith('"/data" = "none"');
  const checked = await app.run(['check']);
  assert.equal(checked.code, 0);
  assert.match(checked.stderr, /warning SLU1210: .*none does not exist yet/);
  for (const command of [
    ['up', '--until-idle', '1s'],
    ['invoke', 'echo', 'x'],
  ]) {
    const { code: exitCode, stderr } = await app.run(command);
    assert.equal(exitCode, 3);
    assert.match(stderr, /error SLU1210: .*none can't be opened: it does not exist/);
  }
});
