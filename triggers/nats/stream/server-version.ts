import { SluiceError } from '#trigger';

/** JetStream of 2.9 and older delivers and filters in other ways, and is not maintained any more. */
const OLDEST = { major: 2, minor: 10 } as const;

/** Throws SLU3313 for a nats-server that is too old for a JetStream trigger. `version` as the server tells it when it is connected to. */
export function refuseOldServer(version: string): void {
  const [major = NaN, minor = NaN] = version.split('.').map(Number);
  const old = major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor);
  if (!old) return;
  throw new SluiceError(
    'SLU3313',
    `this is nats-server ${version}; JetStream triggers need ${OLDEST.major}.${OLDEST.minor} or newer`,
    {
      fix: 'update nats-server',
      state: 'the stream and its durable were not touched',
    },
  );
}
