import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { adapters, complaints, problemsOf, read } from './testing/read-manifest.ts';

const component = '[component.enrich]\nsource = "enrich.wasm"\n';

test('parseManifest reads a whole application', () => {
  const { manifest: _, ...app } = read(`
    [app]
    name = "shop"
    [state]
    path = "/var/lib/shop.db"
    [limits]
    event_size = "1MiB"
    [shutdown]
    grace = "5s"
    [server]
    listen = "[::1]:80"
    hosts = ["sluice.example.com"]
    [connection.main]
    type = "nats"
    servers = ["nats://127.0.0.1:4222"]
    [component.enrich]
    source = "enrich/enrich.wasm"
    build = { command = "npm run build", dir = "enrich", watch = ["src/**"] }
    call_path = "glue"
    limits = { memory = "32MiB", timeout = "5s", max_calls = 7, output_size = "1MiB", budget = "512MiB" }
    pool = { host = "process", threads = 2, instances = 8, isolation = "fresh" }
    config = { currency = "EUR" }
    allow = { http = ["https://api.example.com"], keyvalue = ["default"], files = { "/data" = "data:rw", "/etc" = "./etc" }, env = { LEVEL = "info" } }
    [[trigger.nats]]
    name = "orders"
    connection = "main"
    component = "enrich"
    stream = "ORDERS"
    concurrency = 3
    retry = { attempts = 2, first = "1s", max = "1m", max_age = "1h" }
    dead_letter = "dead"
    on_failure = "exit"
    timeout = "1s"
    [output.dead]
    connection = "main"
    subject = "orders.dead"
    [[trigger.cron]]
    component = "enrich"
    schedule = "@daily"
    store = "shared"
    [store.shared]
    connection = "main"
    bucket = "shop"
  `);
  assert.deepEqual(app, {
    name: 'shop',
    file: '/shop/sluice.toml',
    dir: '/shop',
    state: { path: '/var/lib/shop.db' },
    deadLetters: { maxAgeMs: 30 * 86_400_000, maxBytes: 1024 ** 3 },
    cache: { dir: '/shop/.sluice/cache' },
    limits: { eventBytes: 2 ** 20, hops: 100 },
    shutdown: { graceMs: 5000 },
    server: { listen: { host: '::1', port: 80 }, hosts: ['sluice.example.com'] },
    connections: new Map([['main', { name: 'main', type: 'nats', options: { servers: ['nats://127.0.0.1:4222'] } }]]),
    components: new Map([
      [
        'enrich',
        {
          name: 'enrich',
          source: '/shop/enrich/enrich.wasm',
          build: { command: 'npm run build', dir: '/shop/enrich', watch: ['src/**'] },
          strictImports: false,
          args: [],
          callPath: 'glue',
          limits: { memoryBytes: 2 ** 25, timeoutMs: 5000, maxCalls: 7, outputBytes: 2 ** 20, budgetBytes: 2 ** 29 },
          pool: { host: 'process', threads: 2, instances: 8, isolation: 'fresh' },
          config: { currency: 'EUR' },
          allow: {
            http: ['https://api.example.com'],
            publish: {},
            keyvalue: ['default'],
            files: { '/data': { host: '/shop/data', readonly: false }, '/etc': { host: '/shop/etc', readonly: true } },
            env: { LEVEL: 'info' },
          },
        },
      ],
    ]),
    triggers: [
      {
        name: 'orders',
        type: 'nats',
        component: 'enrich',
        connection: 'main',
        concurrency: 3,
        orderStrict: false,
        retry: { attempts: 2, firstMs: 1000, maxMs: 60_000, maxAgeMs: 3_600_000 },
        deadLetter: { kind: 'output', output: 'dead' },
        onFailure: 'exit',
        timeoutMs: 1000,
        options: { stream: 'ORDERS' },
        path: 'trigger.nats[0]',
      },
      {
        name: 'cron-enrich',
        type: 'cron',
        component: 'enrich',
        store: 'shared',
        concurrency: 128,
        orderStrict: false,
        retry: { attempts: 5, firstMs: 200, maxMs: 30_000 },
        deadLetter: { kind: 'store' },
        onFailure: 'keep',
        options: { schedule: '@daily', overlap: 'skip', catch_up: 3_600_000 },
        path: 'trigger.cron[0]',
      },
    ],
    outputs: new Map([
      ['dead', { name: 'dead', type: 'nats', connection: 'main', options: { subject: 'orders.dead' } }],
    ]),
    stores: new Map([['shared', { name: 'shared', type: 'nats', connection: 'main', options: { bucket: 'shop' } }]]),
  });
});

test('parseManifest fills in defaults', () => {
  const app = read(`${component}[[trigger.queue]]\ncomponent = "enrich"\nqueue = "jobs"\n`);
  assert.deepEqual(
    [app.name, app.state.path, app.cache.dir, app.limits.eventBytes, app.shutdown.graceMs, app.server],
    [
      'shop',
      '/shop/.sluice/state.db',
      '/shop/.sluice/cache',
      2 ** 23,
      25_000,
      { listen: { host: '127.0.0.1', port: 9464 }, hosts: [] },
    ],
  );
  const { build, callPath, limits, pool, config, allow } = app.components.get('enrich') ?? assert.fail();
  assert.deepEqual(
    { build, callPath, limits, pool, config, allow },
    {
      build: undefined,
      callPath: 'auto',
      limits: {
        memoryBytes: 2 ** 26,
        timeoutMs: 30_000,
        maxCalls: 100_000,
        outputBytes: 2 ** 23,
        budgetBytes: 2 ** 29,
      },
      pool: { host: 'thread', threads: 3, instances: 16, isolation: 'shared' },
      config: {},
      allow: { http: [], publish: {}, keyvalue: [], files: {}, env: {} },
    },
  );
  assert.deepEqual(app.triggers, [
    {
      name: 'queue-enrich',
      type: 'queue',
      component: 'enrich',
      concurrency: 256,
      orderStrict: false,
      retry: { attempts: 5, firstMs: 200, maxMs: 30_000 },
      deadLetter: { kind: 'store' },
      onFailure: 'keep',
      options: { queue: 'jobs', lease: 30_000 },
      path: 'trigger.queue[0]',
    },
  ]);
});

test('parseManifest reads an empty manifest', () => {
  assert.deepEqual(read('').triggers, []);
});

test('parseManifest gives a pool a thread less than there are processors, 1 to 4, and no more than its instances', () => {
  const threads = (processors: number, pool = ''): number | undefined =>
    read(`${component}${pool}`, { processors }).components.get('enrich')?.pool.threads;
  assert.deepEqual([threads(1), threads(2), threads(4), threads(64)], [1, 1, 3, 4]);
  assert.equal(threads(64, 'pool = { instances = 2 }'), 2);
});

test('parseManifest reads every form of server.listen and dead_letter', () => {
  const listen = (text: string) => read(`[server]\nlisten = "${text}"`).server.listen;
  assert.deepEqual([listen('off'), listen('0.0.0.0:0')], ['off', { host: '0.0.0.0', port: 0 }]);
  const deadLetter = (text: string) =>
    read(`${component}[[trigger.queue]]\nqueue = "q"\ncomponent = "enrich"\ndead_letter = "${text}"`).triggers[0]
      ?.deadLetter;
  assert.deepEqual([deadLetter('store'), deadLetter('drop')], [{ kind: 'store' }, { kind: 'drop' }]);
});

test('parseManifest takes an output for what it says, what its connection is, or what needs no connection', () => {
  const { outputs } = read(`
    [connection.main]
    type = "nats"
    servers = ["nats://a"]
    [output.said]
    type = "queue"
    queue = "a"
    [output.connected]
    connection = "main"
    subject = "b"
    [output.implied]
    queue = "c"
  `);
  assert.deepEqual(
    Array.from(outputs.values(), ({ name, type }) => [name, type]),
    [
      ['said', 'queue'],
      ['connected', 'nats'],
      ['implied', 'queue'],
    ],
  );
});

test('parseManifest calls a trigger of a package by the last part of the name', () => {
  const adapter = { type: '@acme/sluice-sqs', summary: '', trigger: adapters[1]!.trigger! };
  const text = `${component}[[trigger."@acme/sluice-sqs"]]\ncomponent = "enrich"\nqueue = "q"`;
  assert.equal(read(text, { adapters: [adapter] }).triggers[0]?.name, 'sluice-sqs-enrich');
});

test('parseManifest tells ten errors at once, in the order of the lines', () => {
  const text = `nam = "shop"
[connection.main]
type = "nats"
servers = []
[component.enrich]
limits = { memory = "64KiB", timout = "5s" }
pool = { isolation = "frsh", threads = "2" }
[[trigger.nats]]
connection = "mian"
component = "enrich"
stream = "ORDERS"
retry = { attempts = 0, max = "30" }
dead_letter = "dead"
`;
  assert.deepEqual(complaints(text), [
    'SLU1203 1:1 the manifest has no key nam (its keys are app, state, dead_letters, cache, limits, shutdown, server, connection, component, trigger, output, store)',
    'SLU1201 4:11 connection.main.servers must have at least 1 entry, got 0',
    'SLU1201 5:12 component.enrich.source is required: a string (add source = "...")',
    'SLU1201 6:21 component.enrich.limits.memory must be at least 1MiB, got 64KiB (write for example memory = "64MiB")',
    'SLU1203 6:30 component.enrich.limits has no key timout (did you mean timeout?)',
    'SLU1201 7:22 component.enrich.pool.isolation must be "shared" or "fresh", got "frsh" (did you mean "fresh"?)',
    'SLU1201 7:40 component.enrich.pool.threads must be a number, got "2" (write it without quotes: threads = 2)',
    'SLU1204 9:14 trigger.nats[0].connection names connection "mian", which is not defined (did you mean "main"?)',
    'SLU1201 12:22 trigger.nats[0].retry.attempts must be at least 1, got 0 (write for example attempts = 5)',
    'SLU1201 12:31 trigger.nats[0].retry.max must be a duration such as "200ms", "5s" or "1h30m", got "30" (write for example max = "30s")',
    'SLU1204 13:15 trigger.nats[0].dead_letter names output "dead", which is not defined (define it: [output.dead])',
  ]);
});

test('parseManifest refuses what is not TOML, with its place', () => {
  assert.deepEqual(complaints('[app]\nname = "shop\n'), ['SLU1102 2:13 the manifest is not TOML: unfinished string']);
  assert.deepEqual(complaints('a = 1\na = 2\n'), [
    'SLU1102 2:1 the manifest is not TOML: trying to redefine an already defined table or value',
  ]);
});

test('parseManifest refuses keys that an adapter does not know, even where its schema would let them pass', () => {
  assert.deepEqual(complaints(`${component}[[trigger.queue]]\ncomponent = "enrich"\nqueue = "q"\nleese = "5s"`), [
    'SLU1203 6:1 trigger.queue[0] has no key leese (did you mean lease?)',
  ]);
});

test('parseManifest knows a connection only where the adapter needs one, and then wants it', () => {
  assert.deepEqual(
    complaints(`${component}[[trigger.queue]]\ncomponent = "enrich"\nqueue = "q"\nconnection = "x"`),
    [
      'SLU1204 6:14 trigger.queue[0].connection names connection "x", which is not defined (define it: [connection.x])',
      'SLU1203 6:1 trigger.queue[0] has no key connection (its keys are name, component, concurrency, order_strict, retry, dead_letter, on_failure, timeout, queue, lease)',
    ].sort((a, b) => a.slice(8).localeCompare(b.slice(8))),
  );
  assert.deepEqual(complaints(`${component}[[trigger.nats]]\ncomponent = "enrich"\nstream = "s"`), [
    'SLU1201 3:11 trigger.nats[0].connection is required: a string (add connection = "...")',
  ]);
});

test('parseManifest wants connections of the type of whoever uses them', () => {
  const other = { type: 'other', summary: '', connection: { schema: z.strictObject({}) } };
  const text = `${component}[connection.c]\ntype = "other"\n[[trigger.nats]]\ncomponent = "enrich"\nstream = "s"\nconnection = "c"`;
  assert.deepEqual(complaints(text, { adapters: [...adapters, other] }), [
    'SLU1204 8:14 trigger.nats[0].connection names connection "c", which is of type "other", not "nats" (name a connection of type "nats")',
  ]);
});

test('parseManifest tells of types that no adapter has, and how one from a package is named', () => {
  const text = `${component}[connection.k]\ntype = "kafka"\n[[trigger.quue]]\ncomponent = "enrich"\n[output.o]\ntype = "cron"`;
  assert.deepEqual(complaints(text), [
    'SLU1207 4:8 connection.k.type: there is no adapter "kafka" for this (the types are nats (an adapter from a package is named as the package is: "@acme/sluice-sqs"))',
    'SLU1207 5:11 trigger.quue: there is no adapter "quue" for this (did you mean "queue"? (an adapter from a package is named as the package is: "@acme/sluice-sqs"))',
    'SLU1207 8:8 output.o.type: there is no adapter "cron" for this (the types are nats, queue (an adapter from a package is named as the package is: "@acme/sluice-sqs"))',
  ]);
});

test('parseManifest tells what is wrong with stores, and with who names them', () => {
  const text = `${component}[connection.main]
type = "nats"
servers = ["a"]
[[trigger.cron]]
component = "enrich"
schedule = "@daily"
store = "shard"
[[trigger.queue]]
component = "enrich"
queue = "q"
store = "shared"
[store.shared]
connection = "main"
bucket = "b"
buckt = "b"
[store.lost]
connection = "mian"
bucket = "b"
[store.kept]
type = "queue"
[store.bare]
bucket = "b"
`;
  assert.deepEqual(complaints(text), [
    'SLU1204 9:9 trigger.cron[0].store names store "shard", which is not defined (did you mean "shared"?)',
    'SLU1203 13:1 trigger.queue[0] has no key store (its keys are name, component, concurrency, order_strict, retry, dead_letter, on_failure, timeout, queue, lease)',
    'SLU1203 17:1 store.shared has no key buckt (did you mean bucket?)',
    'SLU1204 19:14 store.lost.connection names connection "mian", which is not defined (did you mean "main"?)',
    'SLU1207 22:8 store.kept.type: there is no adapter "queue" for this (the types are nats (an adapter from a package is named as the package is: "@acme/sluice-sqs"))',
    'SLU1201 23:8 store.bare.type is required: one of "nats" (add type = "nats")',
  ]);
});

test('parseManifest wants names of triggers to differ, given or not', () => {
  const trigger = '[[trigger.queue]]\ncomponent = "enrich"\nqueue = "q"\n';
  assert.deepEqual(complaints(`${component}${trigger}${trigger}${trigger}name = "queue-enrich"\n`), [
    'SLU1206 6:11 trigger.queue[1] has the same name as trigger.queue[0]: "queue-enrich" (give one of them another name, such as name = "queue-enrich-2")',
    'SLU1206 12:8 trigger.queue[2] has the same name as trigger.queue[0]: "queue-enrich" (give one of them another name, such as name = "queue-enrich-2")',
  ]);
});

test('parseManifest refuses names that could not be used elsewhere', () => {
  const wanted = 'must be a name of at most 63 letters, digits, "-" and "_", and begin with a letter or digit';
  assert.deepEqual(complaints('[component."a b"]\nsource = "x"\n[output.drop]\nqueue = "q"'), [
    `SLU1201 1:12 component."a b" ${wanted}, got "a b"`,
    'SLU1201 3:9 output.drop: "drop" is a reserved value of dead_letter (give the output another name)',
  ]);
});

test('parseManifest tells of limits that contradict each other', () => {
  const text = `${component}pool = { threads = 4, instances = 2 }\n[[trigger.queue]]\ncomponent = "enrich"\nqueue = "q"\nretry = { first = "1m", max = "1s" }`;
  assert.deepEqual(complaints(text), [
    'SLU1201 3:20 component.enrich.pool.threads must not be more than pool.instances',
    'SLU1201 7:19 trigger.queue[0].retry.first must not be longer than retry.max (write for example first = "200ms")',
  ]);
});

test('parseManifest complains about the form of a value that was meant', () => {
  const cron = (catchUp: string) =>
    `${component}[[trigger.cron]]\ncomponent = "enrich"\nschedule = "* * * * *"\ncatch_up = ${catchUp}`;
  assert.deepEqual(complaints(cron('{ max = 0 }')), [
    'SLU1201 6:20 trigger.cron[0].catch_up.max must be at least 1, got 0',
  ]);
  assert.deepEqual(complaints(cron('"soon"')), [
    'SLU1201 6:12 trigger.cron[0].catch_up must be "none", a duration such as "200ms", "5s" or "1h30m" or a table, got "soon" (write for example catch_up = "1h")',
  ]);
});

test('parseManifest tells what a whole trigger does wrong at the trigger', () => {
  assert.deepEqual(complaints(`${component}[[trigger.cron]]\ncomponent = "enrich"\nschedule = "never"`), [
    'SLU1201 3:11 trigger.cron[0]: a schedule that is never due',
  ]);
});

test('parseManifest asks for double brackets where triggers are written as one table', () => {
  assert.deepEqual(complaints(`${component}[trigger.queue]\ncomponent = "enrich"`), [
    'SLU1201 3:10 trigger.queue must be an array of tables: write [[trigger.queue]]',
  ]);
});

test('parseManifest expands references, and tells all that are missing', () => {
  const text =
    '[app]\nname = "${env:NAME:-shop}"\n[server]\nlisten = "${env:HOST}:80"\nhosts = ["${file:/run/secrets/host}"]\n';
  const app = read(text, { env: { HOST: 'localhost' }, readFile: () => 'a.example.com\n' });
  assert.deepEqual(
    [app.name, app.server],
    ['shop', { listen: { host: 'localhost', port: 80 }, hosts: ['a.example.com'] }],
  );
  assert.deepEqual(complaints(text), [
    'SLU1205 4:10 server.listen needs the environment variable HOST, which is not set (set HOST, or give a default: ${env:HOST:-default})',
    "SLU1205 5:10 server.hosts[0] needs the file /run/secrets/host, which can't be read: it does not exist (create /run/secrets/host, or correct the path)",
  ]);
});

test('parseManifest tells what became of server.token', () => {
  assert.deepEqual(complaints('[server]\ntoken = "0123456789abcdef"\n'), [
    'SLU1203 2:1 server has no key token (remove it: it never protected anything, since the server only answers questions. Keep server.listen on 127.0.0.1, or put a proxy with authentication before it)',
  ]);
});

test('parseManifest reads allow.http in one spelling, and rejects what is no origin', () => {
  const withHttp = (entries: readonly string[]): string =>
    `[component.a]\nsource = "x"\nallow = { http = ${JSON.stringify(entries)} }\n`;
  const entries = ['HTTPS://API.example.com:443/', 'http://2130706433:8080', 'https://*.Example.com', 'http://[0::1]'];
  const { components } = read(withHttp(entries));
  assert.deepEqual(components.get('a')?.allow.http, [
    'https://api.example.com',
    'http://127.0.0.1:8080',
    'https://*.example.com',
    'http://[::1]',
  ]);
  for (const wrong of ['api.example.com', 'ftp://example.com', 'https://*', 'https://a.example.com/v1', 'https://a:0'])
    assert.deepEqual(complaints(withHttp([wrong])), [
      `SLU1201 3:19 component.a.allow.http[0] must be scheme, host and perhaps port, such as "https://api.example.com" or "https://*.example.com", got "${wrong}"`,
    ]);
});

test('parseManifest reads allow.publish, and rejects unknown outputs and what is no pattern of topics', () => {
  const withPublish = (publish: string): string =>
    `[component.a]\nsource = "x"\nallow.publish = ${publish}\n[output.orders]\ntype = "queue"\nqueue = "q"\n`;
  const { components } = read(withPublish('{ orders = ["orders.*", "audit/>"] }'));
  assert.deepEqual(components.get('a')?.allow.publish, { orders: ['orders.*', 'audit/>'] });
  assert.deepEqual(complaints(withPublish('{ order = ["a"] }')), [
    'SLU1204 3:19 component.a.allow.publish.order names output "order", which is not defined (did you mean "orders"?)',
  ]);
  for (const wrong of ['a b', 'a*', '>.a', 'a\\u0007'])
    assert.deepEqual(complaints(withPublish(`{ orders = ["b", "${wrong}"] }`)).length, 1, wrong);
  assert.deepEqual(complaints(withPublish('{ orders = ["a*"] }')), [
    'SLU1201 3:29 component.a.allow.publish.orders[0] must be a topic or a pattern of topics, such as "orders.priced", "orders.*" or "orders.>", got "a*"',
  ]);
  assert.match(
    complaints(withPublish('{ orders = [] }')).join(),
    /^SLU1201 3:28 component\.a\.allow\.publish\.orders /,
  );
});

test('parseManifest shows no secret in a message or a frame', () => {
  const written = problemsOf('[server]\ntoken = "hunter2"\n');
  const fromFile = problemsOf('[server]\nlisten = "${file:/x}"\n', { readFile: () => 'hunter2' });
  const inUrl = problemsOf('[component.a]\nsource = "x"\nallow = { http = ["https://me:hunter2@example.com/x"] }');
  const notToml = problemsOf('[server]\ntoken = "hunter2\n');
  const number = problemsOf('[server]\ntoken = 55512\n');
  const long = problemsOf('[server]\nlisten = "${file:/x}"\n', { readFile: () => `hunter2\n${'"x'.repeat(50)}` });
  const inAddress = problemsOf('[connection.c]\ntype = "nats"\nservers = "hunter2@127.0.0.1:4222"');
  for (const problems of [written, fromFile, inUrl, notToml, number, long, inAddress]) {
    assert.equal(problems.length, 1);
    assert.doesNotMatch(JSON.stringify(problems), /hunter2|55512/);
  }
});

test('parseManifest marks the same place in a frame whose secrets are hidden', () => {
  const [problem] = problemsOf('connection.c = { type = "nats", servers = ["s"], password = "hunter2", pasword = 1 }');
  const { text, start, length } = problem?.frame ?? assert.fail();
  assert.equal(text, 'connection.c = { type = "nats", servers = ["s"], password = "***", pasword = "***" }');
  assert.equal(text.slice(start, start + length), 'pasword');
});
