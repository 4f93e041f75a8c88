import { madeFor, NeverMade } from '../host-resource.ts';
import { type Interfaces, WitError } from '../capability.ts';
import { HttpFields } from './http-fields.ts';
import { FutureTrailers, IncomingBody, IncomingRequest } from './http-incoming.ts';
import { OutgoingResponse, ResponseOutparam } from './http-response.ts';
import { OutgoingBody, OutgoingRequest, RequestOptions } from './http-request.ts';

/** A component may make requests, whose sending is denied; it is handed one when its contract is HTTP, and answers with a response. */
export const http: Interfaces = {
  'wasi:http/types': (host) => ({
    Fields: madeFor(host, HttpFields),
    OutgoingRequest: madeFor(host, OutgoingRequest),
    RequestOptions: madeFor(host, RequestOptions),
    OutgoingBody,
    FutureIncomingResponse: NeverMade,
    FutureTrailers,
    IncomingBody,
    IncomingRequest,
    IncomingResponse: NeverMade,
    OutgoingResponse: madeFor(host, OutgoingResponse),
    ResponseOutparam,
    httpErrorCode: () => undefined,
  }),
  'wasi:http/outgoing-handler': () => ({
    handle: (request: OutgoingRequest, options: RequestOptions | undefined) => {
      request[Symbol.dispose]();
      options?.[Symbol.dispose]();
      throw new WitError({ tag: 'HTTP-request-denied' });
    },
  }),
};
