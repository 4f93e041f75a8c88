// What a request may be, for the guest's half, which tells the guest, and for the main thread's, which believes no guest.

const LONGEST_METHOD = 64;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PATH = /^\/[!"$-~]*$/;

/**
 * Names of fields that belong to a connection, or decide where a message goes or ends: the host's to set, not the guest's.
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

/** Whether a request may have that method. Not CONNECT: a tunnel would lead anywhere. */
export function isMethod(text: string): boolean {
  return text.length <= LONGEST_METHOD && TOKEN.test(text) && text.toUpperCase() !== 'CONNECT';
}

/** Whether it can be sent as a path with its query: it begins with a slash, and has no blanks, controls or fragment. */
export function isPath(text: string): boolean {
  return PATH.test(text);
}
