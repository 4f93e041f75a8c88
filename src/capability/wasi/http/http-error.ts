import { WitError } from '../../capability.ts';

/** The cases of `error-code` of wasi:http/types that Sluice uses. Some have a payload, which is optional. */
export type HttpErrorCode =
  | { readonly tag: PlainCode }
  | { readonly tag: 'internal-error'; readonly val: string | undefined }
  | { readonly tag: 'HTTP-response-header-section-size'; readonly val: number | undefined }
  | { readonly tag: 'HTTP-request-body-size'; readonly val: bigint | undefined }
  | { readonly tag: 'DNS-error'; readonly val: { readonly rcode: string | undefined; readonly infoCode: undefined } };

type PlainCode =
  | 'DNS-timeout'
  | 'destination-IP-prohibited'
  | 'destination-IP-unroutable'
  | 'connection-refused'
  | 'connection-terminated'
  | 'connection-timeout'
  | 'connection-read-timeout'
  | 'connection-limit-reached'
  | 'TLS-protocol-error'
  | 'TLS-certificate-error'
  | 'HTTP-request-denied'
  | 'HTTP-request-method-invalid'
  | 'HTTP-request-URI-invalid'
  | 'HTTP-response-incomplete'
  | 'HTTP-response-timeout'
  | 'HTTP-protocol-error';

export function httpError(code: HttpErrorCode): WitError<HttpErrorCode> {
  return new WitError(code);
}

/** `http-error-code`: the code of a stream's error if the stream is a body. Errors of files are texts. */
export function httpErrorCode({ code }: { readonly code: unknown }): unknown {
  return typeof code === 'object' && code !== null && 'tag' in code ? code : undefined;
}
