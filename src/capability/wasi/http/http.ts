import { madeFor } from '../../host-resource.ts';
import type { Interfaces } from '../../capability.ts';
import { FutureIncomingResponse, handle, IncomingResponse } from './http-outgoing.ts';
import { httpErrorCode } from './http-error.ts';
import { HttpFields } from './http-fields.ts';
import { FutureTrailers, IncomingBody, IncomingRequest } from './http-incoming.ts';
import { OutgoingResponse, ResponseOutparam } from './http-response.ts';
import { OutgoingBody, OutgoingRequest, RequestOptions } from './http-request.ts';

/** A component may send requests to the origins of `allow.http`. If its contract is HTTP, it receives a request and answers with a response. */
export const http: Interfaces = {
  'wasi:http/types': (host) => ({
    Fields: madeFor(host, HttpFields),
    OutgoingRequest: madeFor(host, OutgoingRequest),
    RequestOptions: madeFor(host, RequestOptions),
    OutgoingBody,
    FutureIncomingResponse,
    FutureTrailers,
    IncomingBody,
    IncomingRequest,
    IncomingResponse,
    OutgoingResponse: madeFor(host, OutgoingResponse),
    ResponseOutparam,
    httpErrorCode,
  }),
  'wasi:http/outgoing-handler': (host) => ({
    handle: (request: OutgoingRequest, options: RequestOptions | undefined) => handle(host, request, options),
  }),
};
