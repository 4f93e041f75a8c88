import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { type SilentSite, silentSource } from '../semantics/silent-source.ts';
import { Stage, until } from './stage.ts';

const silences = {
  killed: { silence: (server: NatsServer) => server.kill(), heal: (server: NatsServer) => server.restart() },
  'that hangs': { silence: (server: NatsServer) => server.freeze(), heal: (server: NatsServer) => server.thaw() },
};

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));
let sites = 0;
const long = process.env['SLUICE_LONG'] !== undefined;

for (const [how, { silence, heal }] of Object.entries(silences)) {
  const siteOf = (toml: string, rest: Partial<SilentSite> = {}): SilentSite => ({
    toml: `[connection.main]\ntype = "nats"\nservers = "${server.address}"\n${toml}`,
    silence: () => silence(server),
    heal: async () => {
      await heal(server);
      await until(() =>
        stage.jsm.getAccountInfo().then(
          () => true,
          () => false,
        ),
      );
    },
    ...rest,
  });

  if (long || how === 'killed')
    silentSource(`JetStream on a server ${how}`, async () => {
      const stream = `jobs-${(sites += 1)}`;
      await stage.jsm.streams.add({ name: stream, subjects: [stream] });
      return siteOf(`[[trigger.nats]]\nconnection = "main"\nstream = "${stream}"\ndurable = "d"\nack_wait = "2s"`, {
        publish: (text) => stage.store(stream, text),
        holds: async () => (await stage.jsm.consumers.info(stream, 'd')).ack_floor.stream_seq === 0,
      });
    });

  if (long || how === 'that hangs')
    silentSource(`a schedule in a bucket on a server ${how}`, async () => {
      const bucket = `slots-${(sites += 1)}`;
      return siteOf(`[store.shared]
connection = "main"
bucket = "${bucket}"
create = {}
[[trigger.cron]]
every = "365d"
run_at_start = true
payload = "1500"
store = "shared"
lease = "6s"`);
    });
}
