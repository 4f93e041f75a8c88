// The rules for a request. The guest's half reports a violation to the guest; the main thread checks again, since it trusts no guest.

const LONGEST_METHOD = 64;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PATH = /^\/[!"$-~]*$/;

/**
 * Fields that belong to a connection, or decide where a message goes or ends. Sluice sets them, not the guest.
 * https://www.rfc-editor.org/rfc/rfc9110#name-connection
 */
const forbidden: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function isForbiddenField(name: string): boolean {
  return forbidden.has(name.toLowerCase());
}

/** Whether a request may have that method. CONNECT is refused: a tunnel could lead anywhere. */
export function isMethod(text: string): boolean {
  return text.length <= LONGEST_METHOD && TOKEN.test(text) && text.toUpperCase() !== 'CONNECT';
}

/** Whether a text can be sent as a path with its query: it begins with a slash and has no blanks, control characters or fragment. */
export function isPath(text: string): boolean {
  return PATH.test(text);
}
