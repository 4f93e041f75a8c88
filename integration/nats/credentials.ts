import { createHash } from 'node:crypto';
import { nkeys } from '@nats-io/transport-node';

/** Configuration of a server in operator mode, and a .creds file of a user that it lets in (docs.nats.io, JWT authentication). */
export function userCredentials(): { readonly config: string; readonly credentials: string } {
  const operator = nkeys.createOperator();
  const account = nkeys.createAccount();
  const user = nkeys.createUser();
  const operatorJwt = jwt('operator', operator, operator, {});
  const accountJwt = jwt('account', account, operator, {
    limits: { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
  });
  const userJwt = jwt('user', user, account, { subs: -1, data: -1, payload: -1 });
  const id = account.getPublicKey();
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    config: `operator: ${operatorJwt}\nresolver: MEMORY\nresolver_preload: { ${id}: ${accountJwt} }`,
    credentials: [
      '-----BEGIN NATS USER JWT-----',
      userJwt,
      '------END NATS USER JWT------',
      '-----BEGIN USER NKEY SEED-----',
      seed,
      '------END USER NKEY SEED------',
      '',
    ].join('\n'),
  };
}

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** A claim of `issuer` about `subject`, version 2, signed with Ed25519. */
function jwt(type: string, subject: KeyPair, issuer: KeyPair, claims: object): string {
  const claim = {
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: type,
    nats: { ...claims, type, version: 2 },
  };
  const jti = createHash('sha512-256').update(JSON.stringify(claim)).digest('hex');
  const text = `${base64url({ typ: 'JWT', alg: 'ed25519-nkey' })}.${base64url({ ...claim, jti })}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
