import { hidden, hideUserInfo } from '../printable.ts';

/** Matches misspelt keys too: a message about an unknown key shows its line. */
const secretKey =
  /pas+w|pas+ph|pwd|tok+en|secret|credential|creds|(?:api|private|access|signing)[_-]?key|nkey|seed|jwt/i;

/** Whether a key of the manifest, or an environment variable of that name, holds a secret. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key);
}

/** Whether a value is a secret under any key: the PEM of a private key, a NATS seed with its frame. */
export function isSecretValue(value: unknown): boolean {
  return typeof value === 'string' && /-----BEGIN [A-Z ]*(?:PRIVATE KEY|SEED)/.test(value);
}

/** `hideUserInfo` for addresses that may lack a scheme: `token@host`, `me:pw@host:4222`. */
export function hideAddressUsers(text: string): string {
  return hideUserInfo(text)
    .replaceAll(/"[^"\n]*"|'[^'\n]*'/g, (quoted) =>
      quoted.replace(/^(["'](?:[a-z][a-z\d+.-]*:\/\/)?).+@(?=[\w[])/i, `$1${hidden}@`),
    )
    .replaceAll(/(^|[\s"',[])[^\s"'@/,[]+@(?=[\w[])/g, `$1${hidden}@`);
}

/** A line of TOML without secrets: without values of secret keys, and values that are secret by themselves. */
export function hideSecretsInLine(line: string): string {
  // A key is matched only at the start of a word: from every letter, a long word would take quadratic time.
  const assignments = /(?<![\w-])([\w-]+)(["']?\s*=\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,}#]+)/g;
  return line.replaceAll(assignments, (all: string, key: string, equals: string, value: string) =>
    (isSecretKey(key) && !isReference(value)) || isSecretValue(value) ? `${key}${equals}"${hidden}"` : all,
  );
}

/** `"${file:/run/secrets/x}"` tells where the secret is, not what it is. */
function isReference(value: string): boolean {
  return /^["']\$\{(?:env|file):[^}:]*\}["']$/.test(value);
}
