import { readRegularText, SluiceError } from '#trigger';
import type { Mechanism } from 'kafkajs';
import type { TokenSource } from '../../options/connection-options.ts';

/** Bytes that the library passes and expects begin with their length. */
const LENGTH_BYTES = 4;

/**
 * SASL/OAUTHBEARER (RFC 7628). The library has it too but ignores the answer. A broker refuses a token with a challenge, not with an error code, and
 * the library then believes it is connected, to a broker that answers nothing more.
 */
export function oauthLogin(token: () => Promise<string>): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      async authenticate() {
        const message = firstMessage(await token());
        await saslAuthenticate({
          request: { encode: () => message },
          response: { decode: (raw) => raw.subarray(LENGTH_BYTES), parse: refuseChallenge },
        });
      },
    }),
  };
}

/** 3.1: no authorization identity, no extensions. */
function firstMessage(token: string): Buffer {
  const text = Buffer.from(`n,,\u0001auth=Bearer ${token}\u0001\u0001`);
  const message = Buffer.alloc(LENGTH_BYTES + text.byteLength);
  message.writeInt32BE(text.byteLength);
  text.copy(message, LENGTH_BYTES);
  return message;
}

/** 3.2.2: an answer that is not empty is JSON with the error. Throws SLU3404. */
function refuseChallenge(challenge: Buffer): void {
  if (challenge.byteLength === 0) return;
  throw new SluiceError('SLU3404', `Kafka refused the OAuth token: ${challenge.toString()}`, {
    fix: 'check sasl of the connection: whether the token has expired, and is for these brokers',
  });
}

/** How long the endpoint may take, in milliseconds. */
const ENDPOINT_MS = 10_000;

/** Requests a token, at each connect, since tokens expire. Rejects with an Error without secrets. */
export async function oauthToken(source: TokenSource): Promise<string> {
  switch (source.kind) {
    case 'fixed':
      return source.token;
    case 'file':
      return readRegularText(source.path).trim();
    case 'endpoint':
      return fromEndpoint(source);
  }
}

/** RFC 6749, 4.4: the client credentials grant. */
async function fromEndpoint({
  endpoint,
  clientId,
  clientSecret,
  scope,
}: Extract<TokenSource, { kind: 'endpoint' }>): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
  const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':'); // RFC 6749, 2.3.1
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}`, accept: 'application/json' },
    body: form,
    signal: AbortSignal.timeout(ENDPOINT_MS),
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new Error(`the token endpoint answered with status ${response.status}`);
  if (typeof answer === 'object' && answer !== null && 'access_token' in answer) return String(answer.access_token);
  throw new Error('the token endpoint answered without an access_token');
}
