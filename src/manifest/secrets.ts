/** What stands in place of a secret. */
export const hidden = '***';

/** Misspelt ones too: a message about an unknown key shows its line. */
const secretKey =
  /pas+w|pas+ph|pwd|tok+en|secret|credential|creds|(?:api|private|access|signing)[_-]?key|nkey|seed|jwt/i;

/** Whether a key of the manifest, or the name of an environment variable, is one that holds a secret. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key);
}

/** Whether a value is a secret whatever its key is called: the PEM of a private key, a NATS seed with its frame. */
export function isSecretValue(value: unknown): boolean {
  return typeof value === 'string' && /-----BEGIN [A-Z ]*(?:PRIVATE KEY|SEED)/.test(value);
}

/**
 * URLs in a text lose their user info: `nats://me:pw@host` becomes `nats://***@host`. Those of NATS do up to their last `@`: a password that
 * was not encoded may hold one, and a slash.
 */
export function hideUserInfo(text: string): string {
  return text
    .replaceAll(/\b((?:nats|tls):\/\/)[^\s"']*@/gi, `$1${hidden}@`)
    .replaceAll(/\b([a-z][a-z\d+.-]*:\/\/)[^\s/?#"'@]*@/gi, `$1${hidden}@`);
}

/** The same for texts with addresses, whose user info may come without a scheme: `token@host`, `me:pw@host:4222`. */
export function hideAddressUsers(text: string): string {
  return hideUserInfo(text)
    .replaceAll(/"[^"\n]*"|'[^'\n]*'/g, (quoted) =>
      quoted.replace(/^(["'](?:[a-z][a-z\d+.-]*:\/\/)?).+@(?=[\w[])/i, `$1${hidden}@`),
    )
    .replaceAll(/(^|[\s"',[])[^\s"'@/,[]+@(?=[\w[])/g, `$1${hidden}@`);
}

/** A line of TOML without secrets: the values of secret keys, and those that are secret by themselves. */
export function hideSecretsInLine(line: string): string {
  const assignments = /([\w-]+)(["']?\s*=\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,}#]+)/g;
  return line.replaceAll(assignments, (all: string, key: string, equals: string, value: string) =>
    (isSecretKey(key) && !isReference(value)) || isSecretValue(value) ? `${key}${equals}"${hidden}"` : all,
  );
}

/** `"${file:/run/secrets/x}"` tells where the secret is, not what it is. */
function isReference(value: string): boolean {
  return /^["']\$\{(?:env|file):[^}:]*\}["']$/.test(value);
}
