import { answerOf, completed, failedBy } from './answer-of.ts';
import { compatibleExport, type Contract } from './contract.ts';

interface Handler {
  readonly handleMessage: (message: { subject: string; body: Uint8Array; replyTo: undefined }) => unknown;
}

/**
 * `handle-message: func(broker-message) -> result<_, string>` of `wasmcloud:messaging/handler@0.2.0`. It carries a subject and a body; headers,
 * attributes and the attempt don't reach the component. Every error requests another attempt.
 */
export const wasmcloudMessaging: Contract = {
  name: 'wasmcloud:messaging/handler',
  madeFor: 'message',
  lacks: 'headers, attributes, the attempt',
  entry: (exports) => compatibleExport(exports, 'wasmcloud:messaging/handler', '0.2'),
  functionOf: (entry) => `${entry}#handle-message`,
  bind(exported) {
    const { handleMessage } = exported as Handler; // its type was checked by the transpiler
    return {
      one: ({ subject, data }) =>
        answerOf(() => handleMessage({ subject, body: data, replyTo: undefined }), completed, failedBy),
    };
  },
};

interface Scheduler {
  readonly invoke: (payload: Uint8Array) => unknown;
}

/** `invoke: func(list<u8>) -> result<_, string>` of `wasmcloud:cron/scheduler@0.1.0`. It carries only the payload. */
export const wasmcloudCron: Contract = {
  name: 'wasmcloud:cron/scheduler',
  madeFor: 'tick',
  lacks: 'headers, attributes, the attempt',
  entry: (exports) => compatibleExport(exports, 'wasmcloud:cron/scheduler', '0.1'),
  functionOf: (entry) => `${entry}#invoke`,
  bind(exported) {
    const { invoke } = exported as Scheduler; // its type was checked by the transpiler
    return { one: ({ data }) => answerOf(() => invoke(data), completed, failedBy) };
  },
};
