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
