import { reasonOf } from '../../errors.ts';
import type { HttpErrorCode } from '../wasi/http/http-error.ts';
import type { Failed } from './operations.ts';

/** A connection to an address that `allow.http` does not permit. */
export class ProhibitedAddress extends Error {
  override readonly name = 'ProhibitedAddress';
}

/** The component has reached its limit of connections. */
export class TooManyConnections extends Error {
  override readonly name = 'TooManyConnections';
}

/** Codes of Node, of undici (UND_ERR) and of its parser (HPE). */
const codes: Readonly<Record<string, HttpErrorCode>> = {
  ENOTFOUND: { tag: 'DNS-error', val: { rcode: 'NXDOMAIN', infoCode: undefined } },
  EAI_AGAIN: { tag: 'DNS-timeout' },
  ECONNREFUSED: { tag: 'connection-refused' },
  ECONNRESET: { tag: 'connection-terminated' },
  EPIPE: { tag: 'connection-terminated' },
  UND_ERR_SOCKET: { tag: 'connection-terminated' },
  ETIMEDOUT: { tag: 'connection-timeout' },
  UND_ERR_CONNECT_TIMEOUT: { tag: 'connection-timeout' },
  EHOSTUNREACH: { tag: 'destination-IP-unroutable' },
  ENETUNREACH: { tag: 'destination-IP-unroutable' },
  EMFILE: { tag: 'connection-limit-reached' },
  ENFILE: { tag: 'connection-limit-reached' },
  EPROTO: { tag: 'TLS-protocol-error' },
  UND_ERR_INVALID_ARG: { tag: 'HTTP-protocol-error' },
  UND_ERR_NOT_SUPPORTED: { tag: 'HTTP-protocol-error' },
  UND_ERR_MAX_ORIGINS_REACHED: { tag: 'connection-limit-reached' },
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: { tag: 'HTTP-request-body-size', val: undefined },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { tag: 'HTTP-response-incomplete' },
  UND_ERR_HEADERS_OVERFLOW: { tag: 'HTTP-response-header-section-size', val: undefined },
};

/** Codes for certificates that OpenSSL rejects: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^INVALID_(?:CA|PURPOSE)$|SIGNATURE_FAILURE$|^CRL_/;

/** The error that a guest gets for a failed exchange, and the text for the log. */
export function failureOf(thrown: unknown): Failed {
  if (thrown instanceof ProhibitedAddress)
    return { kind: 'failed', code: { tag: 'destination-IP-prohibited' }, why: thrown.message };
  if (thrown instanceof TooManyConnections)
    return { kind: 'failed', code: { tag: 'connection-limit-reached' }, why: thrown.message };
  const code = codeOf(thrown);
  return { kind: 'failed', code: knownCode(code) ?? internal, why: `an HTTP request failed: ${reasonOf(thrown)}` };
}

const internal: HttpErrorCode = { tag: 'internal-error', val: undefined };

function knownCode(code: string): HttpErrorCode | undefined {
  if (Object.hasOwn(codes, code)) return codes[code];
  if (code.startsWith('HPE_')) return { tag: 'HTTP-protocol-error' };
  if (CERTIFICATE.test(code)) return { tag: 'TLS-certificate-error' };
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') ? { tag: 'TLS-protocol-error' } : undefined;
}

/** If several addresses failed, the first error. */
function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  if (thrown.name === 'HTTPParserError') return 'HPE_';
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown instanceof AggregateError ? codeOf(thrown.errors[0]) : '';
}
