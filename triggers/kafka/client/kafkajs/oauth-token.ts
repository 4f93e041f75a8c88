import { readRegularText } from '#trigger';
import type { TokenSource } from '../../options/connection-options.ts';

/** How long the endpoint may take, in milliseconds. */
const ENDPOINT_MS = 10_000;

/** A token, asked for anew at each connect: tokens expire. Rejects with an Error that does not hold a secret. */
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
