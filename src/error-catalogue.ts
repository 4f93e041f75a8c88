/** The kind of an error, which decides the exit code: see `exitCodes`. */
export type ErrorClass = 'usage' | 'manifest' | 'component' | 'broker' | 'fault';

/** Exit codes of the command line (0 done, 1 the handler or check failed). */
export const exitCodes: Readonly<Record<ErrorClass, number>> = {
  usage: 2,
  manifest: 3,
  component: 4,
  broker: 5,
  fault: 70,
};

interface CatalogueEntry {
  readonly class: ErrorClass;
  readonly title: string;
  /** The meaning, and what to do; printed by `sluice explain`. */
  readonly explanation: string;
}

/** The closed union of codes, as data. SLU1xxx manifest and usage, SLU2xxx component, SLU3xxx triggers and outputs, SLU4xxx state file, SLU5xxx telemetry and server, SLU9xxx faults. */
export const errorCatalogue = {
  SLU1001: {
    class: 'usage',
    title: 'wrong use of a command',
    explanation:
      'An option, argument or name on the command line is unknown or has the wrong form. `sluice help COMMAND` lists what the command takes.',
  },
  SLU1101: {
    class: 'manifest',
    title: 'manifest not found or not readable',
    explanation:
      "Sluice looks for sluice.toml in the current folder, or where --manifest points. Check the path and the file's permissions.",
  },
  SLU1102: {
    class: 'manifest',
    title: 'manifest is not valid TOML',
    explanation:
      'The file could not be parsed as TOML 1.0. The frame shows the line. A missing quote and a repeated key are the usual causes.',
  },
  SLU1103: {
    class: 'manifest',
    title: 'manifest too large or too deep',
    explanation:
      'A manifest may have at most 1 MiB, and tables and arrays nested at most 32 deep (each part of a dotted key counts as one level). Each file named by ${file:} may have at most 1 MiB, and all expanded text together at most 4 MiB.',
  },
  SLU1201: {
    class: 'manifest',
    title: 'invalid value in the manifest',
    explanation:
      'A value has the wrong type, form or range. The message says what was expected and what was found. `sluice schema` prints every key with its range.',
  },
  SLU1203: {
    class: 'manifest',
    title: 'unknown key in the manifest',
    explanation:
      'Sluice does not know a key of this name here. Unknown keys are rejected, because a misspelt limit would otherwise be no limit. The message suggests the nearest known key.',
  },
  SLU1204: {
    class: 'manifest',
    title: 'reference to something undefined',
    explanation:
      'A trigger, output or dead_letter names a component, connection or output that the manifest does not define.',
  },
  SLU1205: {
    class: 'manifest',
    title: 'environment variable or secret file missing',
    explanation:
      'A ${env:NAME} or ${file:PATH} in the manifest could not be expanded. Set it, or give a default: ${env:NAME:-default}.',
  },
  SLU1206: {
    class: 'manifest',
    title: 'duplicate trigger name',
    explanation:
      'Two triggers have the same name, either given or by default (TYPE-COMPONENT). State is kept by trigger name and commands take it, so names must be unique: give one of them a `name`.',
  },
  SLU1207: {
    class: 'manifest',
    title: 'unknown adapter',
    explanation:
      'Sluice does not know the type of a trigger, connection or output. An adapter from a package has the name of its package, and the package must be installed beside the manifest: [[trigger."@acme/sluice-sqs"]].',
  },
  SLU1208: {
    class: 'manifest',
    title: 'adapter package cannot be loaded',
    explanation:
      'A package that the manifest names as an adapter is not installed, fails while it loads, or exports no `adapter`. Install it in the folder of the manifest.',
  },
  SLU1209: {
    class: 'manifest',
    title: 'granted folder overlaps with what Sluice trusts',
    explanation:
      "A folder of allow.files contains or lies inside something that decides what Sluice does (the manifest, a component's source or build input, the cache, the installation), that holds secrets (the state file, files of ${file:} and of connections) or that belongs to the kernel (/proc, /sys, /dev), or it lies inside another granted folder. A component that can write there could run code as Sluice. Grant a folder that holds only what the component works with.",
  },
  SLU1210: {
    class: 'manifest',
    title: 'granted folder cannot be opened',
    explanation:
      'A folder of allow.files does not exist, is not a folder, or is not readable by this user. Sluice opens each granted folder once at the start and creates none. `sluice check` only warns, because a volume may be mounted later.',
  },
  SLU1211: {
    class: 'manifest',
    title: 'dead letters run in a circle',
    explanation:
      'The dead letters of a trigger go to a place that the same trigger reads, directly or through other triggers. Each would be handled, given up on and published again without end. Send them to a place that none of these triggers reads, or leave `dead_letter` out to keep them in the local store.',
  },
  SLU1301: {
    class: 'manifest',
    title: 'defined but unused',
    explanation:
      'A warning: the manifest defines a component or connection that nothing in it uses. Often its name is misspelt elsewhere; if not, remove the table.',
  },
  SLU1302: {
    class: 'manifest',
    title: 'nothing to run',
    explanation:
      'The manifest has no trigger, so `sluice up` would wait for nothing. Add one, such as [[trigger.queue]]. `sluice invoke` runs a component without a trigger.',
  },
  SLU2001: {
    class: 'component',
    title: 'component file not found or not readable',
    explanation:
      'The file named as the source of a component is missing or not readable. If it is built from source, build it first.',
  },
  SLU2002: {
    class: 'component',
    title: 'not a WebAssembly component',
    explanation:
      'The file is truncated, is not WebAssembly, or is a core module of an unknown kind. Sluice makes components of programs for WASI preview 1 (they export _start), and of libraries whose toolchain recorded their interfaces in them.',
  },
  SLU2003: {
    class: 'component',
    title: 'no known contract',
    explanation:
      'The component exports no interface through which Sluice can hand it events, such as sluice:event/handler@0.1.0. `sluice inspect FILE` lists its exports.',
  },
  SLU2004: {
    class: 'component',
    title: 'unknown import',
    explanation:
      'The component imports interfaces that Sluice does not provide, and strict_imports is set. Without it they link, and fail only when they are called: toolchains import whole platforms, and a handler uses little of them. `sluice inspect FILE` lists them.',
  },
  SLU2005: {
    class: 'component',
    title: 'component exceeds its limits',
    explanation: 'The component needs more memory at its start than limits.memory allows.',
  },
  SLU2006: {
    class: 'component',
    title: 'component cannot be instantiated',
    explanation:
      'No instance could be created: the component trapped in its start code, or its imports have other types than the interfaces they name.',
  },
  SLU2007: {
    class: 'component',
    title: 'build command failed',
    explanation:
      'The build command of a component failed. Its output is shown above the error. Run it by hand in its folder.',
  },
  SLU2008: {
    class: 'component',
    title: 'forbidden name in a component',
    explanation:
      'The component, or a core module in it, has a name that no toolchain writes: with quotes or control characters, or against the rules of WIT. Such a name could carry code into the glue that Sluice generates, so the component is rejected. Find out where it comes from before you run it.',
  },
  SLU2009: {
    class: 'component',
    title: 'component cache not writable',
    explanation:
      "Sluice keeps transpiled components on disk and could not write one. Check the folder's permissions and free space. If the root file system is read-only, name a writable folder: [cache] dir in the manifest. If the cache is read-only on purpose, fill it before it becomes so.",
  },
  SLU2010: {
    class: 'component',
    title: 'component cache not trusted',
    explanation:
      'Code in the cache runs with the rights of Sluice, and another user owns the folder or may write to it. Sluice creates the folder for its own user alone. Remove it, run Sluice as its owner, or set cache.dir to a folder that belongs to this user (or root) and that nobody else may write to: chmod go-w FOLDER. The rule holds for root too.',
  },
  SLU2101: {
    class: 'component',
    title: 'a thread does not end',
    explanation:
      'A guest had to be ended, at its deadline or because its trigger was stopped, but its thread did not end: V8 ends no thread inside a long bulk memory instruction or while it compiles. The call is charged as timed out, and the other calls run on a new thread. Until it returns, the old thread keeps a processor busy and keeps its memory (metric sluice.pool.abandoned). A pool leaves at most four such threads behind; after that, calls wait. Restart the process when that happens, and repair the component.',
  },
  SLU2102: {
    class: 'component',
    title: 'pool over its memory budget',
    explanation:
      'A process of the pool held more memory than limits.budget, or Sluice grew by more than that while a guest was on the stack of one of the pool\'s threads. The running calls were ended and run again alone; a call that exceeds the budget again is charged as trapped (memory). Raise limits.budget if the component needs it. If several components share a process, pool.host = "process" tells which one it is.',
  },
  SLU2103: {
    class: 'component',
    title: 'child process not trusted',
    explanation:
      'A process of a pool sent a message that no guest can cause: of an unknown kind, or with impossible numbers. The process was ended. A guest can do that only after it escaped from WebAssembly: find out where the component comes from before you run it again, and report it.',
  },
  SLU2011: {
    class: 'component',
    title: 'unsupported WebAssembly feature',
    explanation:
      'A core module of the component uses a feature that components do not need and that Sluice could not bound: garbage-collected types, shared memory, 64-bit memories or tables, or stack switching. Features that component toolchains use are supported: SIMD, bulk memory, reference types, tail calls, several memories.',
  },
  SLU2012: {
    class: 'component',
    title: 'component too large to compile',
    explanation:
      'A core module of the component exceeds the output of every known toolchain: a function of more than 1 MiB or 10,000 locals, more branches times locals and operands than V8 compiles within bounded memory, or too many types, functions, memories, tables or instances. Or transpiling it takes more than 60 s of processor time, or more than 512 MiB and 32 times the size of its file. The message says which. Unoptimised builds come closest: build for release.',
  },
  SLU2013: {
    class: 'component',
    title: 'reload needs a restart',
    explanation:
      'A component with triggers of messages and of schedules is called through the export that suits each, and has a pool for each export. The new file would need other pools than the running ones. Restart Sluice, or name one export for both: contract = "..." in the table of the component.',
  },
  SLU3001: {
    class: 'broker',
    title: 'trigger could not be opened',
    explanation: 'The source of a trigger could not be reached, or it refused the connection.',
  },
  SLU3002: {
    class: 'broker',
    title: 'message could not be published',
    explanation: 'The destination did not confirm a message. Nothing was settled; the event is handled again.',
  },
  SLU3003: {
    class: 'broker',
    title: 'settlement not confirmed',
    explanation:
      'The source did not confirm a settlement, or refused it because the lease had passed to another reader. The event may be delivered again; it is not lost.',
  },
  SLU3004: {
    class: 'broker',
    title: 'message too large',
    explanation:
      'A message is larger than limits.event_size (default 8MiB) or than its broker accepts: max_payload of a NATS server, max.message.bytes of a Kafka topic. Raise the limit, or send a reference to the data.',
  },
  SLU3005: {
    class: 'broker',
    title: 'unknown output',
    explanation: 'A component returned a message for an output that the manifest does not define.',
  },
  SLU3006: {
    class: 'broker',
    title: 'trigger failed',
    explanation:
      'A trigger ended and could not be restarted. Other triggers continue. `sluice up` shows its state; /triggers shows the cause.',
  },
  SLU3007: {
    class: 'broker',
    title: 'event runs in a circle',
    explanation:
      'Sluice has published this event on behalf of another limits.hops times (default 100): a trigger reads what it publishes, directly or through others. The event is kept in the local dead-letter store. Change where outputs or dead letters go; for a pipeline that is meant to be that long, raise limits.hops. The count is in the header `sluice-hops`, which any sender can write.',
  },
  SLU3301: {
    class: 'broker',
    title: 'NATS cannot be reached',
    explanation:
      'None of the servers of a connection answered. Sluice tries again with growing pauses; once connected, it reconnects without a limit. Check that nats-server runs, and check `servers` of the connection.',
  },
  SLU3302: {
    class: 'broker',
    title: 'NATS refused the connection',
    explanation:
      'The server rejected the credentials, the two ends do not agree on TLS, or a file that the connection names is not readable. Set one of user and password, token, nkey or credentials, and tls if the server requires it.',
  },
  SLU3303: {
    class: 'broker',
    title: 'stream not found',
    explanation:
      'A trigger reads a JetStream stream that does not exist. Create it (`nats stream add NAME --subjects SUBJECT`), or let Sluice create it: `create = { subjects = ["SUBJECT"] }`. The trigger looks again with growing pauses.',
  },
  SLU3304: {
    class: 'broker',
    title: 'JetStream does not answer',
    explanation:
      'The server was reached, but JetStream does not answer: it is not enabled on the server or for the account, the domain is wrong, or the cluster has no leader at the moment. Sluice tries again.',
  },
  SLU3305: {
    class: 'broker',
    title: 'durable consumer does not fit the trigger',
    explanation:
      'The durable exists and differs from what the trigger needs: it pushes, does not want explicit acknowledgements, delivers headers without data, serves priority groups, is paused, filters other subjects, or filters subjects that its stream does not store. Sluice changes nothing that exists. Choose another `durable`, correct the consumer, or allow the change with `update = true` (filters and limits only).',
  },
  SLU3306: {
    class: 'broker',
    title: 'durable consumer was deleted',
    explanation:
      'The durable was deleted while a trigger read from it, and with it the record of handled messages. Sluice does not create a new one, because that would deliver everything in the stream once more. Restart Sluice to create it as `deliver` of the trigger says.',
  },
  SLU3307: {
    class: 'broker',
    title: 'NATS denies permission',
    explanation:
      'The user of the connection may not publish or subscribe to a subject. A JetStream trigger needs to publish to $JS.API.CONSUMER.>, $JS.API.STREAM.INFO.> and $JS.ACK.>, and to subscribe to its inbox, _INBOX.>.',
  },
  SLU3308: {
    class: 'broker',
    title: 'message without a subject for NATS',
    explanation:
      'A message cannot be put back or published because its subject is unknown: the trigger reads several, a subject holds blanks or wildcards, or the event came from a subject that the trigger does not read (any more). Publish to an output with a subject, or give the trigger one `filter`.',
  },
  SLU3309: {
    class: 'broker',
    title: 'JetStream refused a message',
    explanation:
      'The stream did not store a message: it is full and discards new messages, it is not the stream that the output expects, or no stream stores that subject. Nothing was settled.',
  },
  SLU3310: {
    class: 'broker',
    title: 'stream or consumer cannot be created',
    explanation:
      'JetStream refused the stream of `create` or the durable of a trigger: its subjects overlap with another stream, the account has reached a limit, or there are fewer servers than replicas. The message says which.',
  },
  SLU3311: {
    class: 'broker',
    title: 'key-value bucket not found',
    explanation:
      'A store names a bucket that does not exist. Create it (`nats kv add NAME`), or let Sluice create it: `create = {}`.',
  },
  SLU3312: {
    class: 'broker',
    title: 'key-value bucket does not answer',
    explanation:
      'A key could not be read or written: the bucket has no leader at the moment, is full, or the value is too large for it. If the bucket did not answer, the change may have been made.',
  },
  SLU3313: {
    class: 'broker',
    title: 'nats-server is too old',
    explanation:
      'JetStream triggers need nats-server 2.10 or newer: older ones lack several filters on one durable and settle differently. Core subjects and outputs work with any 2.x.',
  },
  SLU3314: {
    class: 'broker',
    title: 'stream or durable differs from the manifest',
    explanation:
      'A trigger with `update = true` changed its stream or its durable and JetStream accepted the change, but a second look shows that it still differs from the manifest. The message says where. Change it by hand (`nats stream edit`, `nats consumer edit`), or correct the manifest.',
  },
  SLU3401: {
    class: 'fault',
    title: 'unexpected version of the Kafka client library',
    explanation:
      "Sluice reads and writes Kafka's records itself, inside the client library kafkajs, and depends on how that library is built. The installed kafkajs is built differently: install the version that this Sluice asks for.",
  },
  SLU3402: {
    class: 'broker',
    title: 'records cannot be decoded',
    explanation:
      'The records at an offset cannot be read: a checksum is wrong, the compression is unknown, or data are damaged or truncated. Nothing is skipped. The message names topic, partition and offset; kafka-dump-log.sh shows what the broker has there.',
  },
  SLU3403: {
    class: 'broker',
    title: 'Kafka cannot be reached',
    explanation:
      'None of the brokers of a connection answered, or the needed one does not. Sluice tries again with growing pauses. Check that the brokers run, check `brokers` of the connection, and check that the addresses which the brokers advertise (advertised.listeners) can be reached from here. A mismatch of TLS on that port looks the same from here.',
  },
  SLU3404: {
    class: 'broker',
    title: 'Kafka refused the connection',
    explanation:
      'The broker rejected the credentials or the SASL mechanism, a certificate is not trusted, a file that the connection names is not readable, or the broker is too old or too new for the client. Check `sasl` and `tls` of the connection.',
  },
  SLU3405: {
    class: 'broker',
    title: 'Kafka denies permission',
    explanation:
      "The connection's user may not do that. A trigger needs READ and DESCRIBE on its topics and READ on its group; an output needs WRITE and DESCRIBE on its topic; exactly_once also needs WRITE on its transactional ids. `kafka-acls.sh --add` grants it.",
  },
  SLU3406: {
    class: 'broker',
    title: 'topic not found',
    explanation:
      'A topic does not exist, or this user may not see it. Sluice creates no topics: `kafka-topics.sh --create --topic NAME --partitions N`. It looks again with growing pauses.',
  },
  SLU3407: {
    class: 'broker',
    title: 'Kafka refused the group member',
    explanation:
      'The members of the group assign partitions in another way, the group is full, or the broker does not allow the timeouts of the trigger (group.min.session.timeout.ms to group.max.session.timeout.ms). Choose another `group`, or correct what the message names.',
  },
  SLU3408: {
    class: 'broker',
    title: 'Kafka refused a message',
    explanation:
      'The broker will never store this message: it has no key although its topic is compacted, its time is outside what the topic allows, or it breaks a policy of the cluster. Other messages continue; the event that produced it becomes a dead letter.',
  },
  SLU3409: {
    class: 'broker',
    title: 'Kafka did not confirm a message',
    explanation:
      'The brokers did not confirm that all in-sync replicas have a message: too few replicas are in sync (min.insync.replicas), a leader is being elected, or no answer came in time. It may have been stored. Sluice sends it again.',
  },
  SLU3410: {
    class: 'broker',
    title: 'transaction ended by another process or the broker',
    explanation:
      'The broker aborted a transaction: another process took over the partition (it fences the earlier one), or the transaction was open for longer than transaction_timeout. Nothing of it is visible; its events are handled again.',
  },
  SLU3411: {
    class: 'broker',
    title: 'message without a topic for Kafka',
    explanation:
      'A message cannot be put back or published because its topic is unknown: the trigger reads several, and the message does not name one of them. Publish to an output with a topic.',
  },
  SLU3412: {
    class: 'broker',
    title: 'Kafka client gave up',
    explanation:
      'The client library ended a consumer for a reason that Sluice does not know. The trigger is opened again with growing pauses, and fails after six such ends in a row. Please report it with the output of --verbose.',
  },
  SLU3413: {
    class: 'broker',
    title: 'topic pattern takes too long',
    explanation:
      'Matching the pattern of a trigger with the names of topics took more than a second: it has a repetition inside a repetition, such as (a+)+, and takes exponential time for names that almost match. Write it without the outer repetition, or name the topics.',
  },
  SLU4001: {
    class: 'broker',
    title: 'state file cannot be opened',
    explanation:
      "The folder or file for Sluice's own state (queue items, cron slots, dead letters, key-value data) cannot be created or opened. If the root file system is read-only, name a file on a volume: [state] path in the manifest.",
  },
  SLU4002: {
    class: 'broker',
    title: 'state file from a newer version',
    explanation:
      'The state file was written by a newer Sluice. Run that version, or point state.path elsewhere. The file was not changed.',
  },
  SLU4003: {
    class: 'broker',
    title: 'state file is corrupt',
    explanation:
      'SQLite found the state file malformed. It was not changed. Restore a copy, or move the file away to start empty; `sqlite3 FILE .recover` saves what can be saved.',
  },
  SLU4004: {
    class: 'broker',
    title: 'disk full or not writable',
    explanation:
      'A commit to the state file failed. Nothing uncommitted was confirmed, so nothing is lost; free some space.',
  },
  SLU4005: {
    class: 'broker',
    title: 'state file is locked',
    explanation:
      'Another process has held the write lock of the state file for more than 10 seconds: it hangs in a commit, or a tool has a transaction open. Processes of Sluice share a file and hold the lock only briefly. Nothing uncommitted was confirmed.',
  },
  SLU4006: {
    class: 'broker',
    title: 'state file belongs to another user',
    explanation:
      'The state file holds events, dead letters and key-value data, and belongs to a user that is neither this one nor root: that user could read and change them. Run Sluice as its owner, change the owner (chown), or set state.path to another file. Root may open any.',
  },
  SLU4007: {
    class: 'broker',
    title: 'too many waiting runs of a schedule in a shared store',
    explanation:
      'All unfinished slots of a schedule are one value of its store, and the broker limits the size of a value (1 MiB in NATS by default). At 2,000 waiting slots or 512 KiB, no more runs are accepted and slots of the schedule are skipped. Let some run first, or send work in such numbers through a queue or a stream.',
  },
  SLU5001: {
    class: 'usage',
    title: 'address for metrics and health cannot be used',
    explanation:
      'The HTTP server for /livez, /readyz, /triggers and /metrics could not listen: another process uses the port, or the address does not belong to this machine. Set server.listen to another address, or to "off".',
  },
  SLU5101: {
    class: 'broker',
    title: 'telemetry could not be exported',
    explanation:
      'The OpenTelemetry collector did not accept a batch of spans, metrics or log records. Events are still handled; unsent telemetry is lost after some tries. Check OTEL_EXPORTER_OTLP_ENDPOINT, or set OTEL_SDK_DISABLED=true. Logged at most once a minute.',
  },
  SLU5102: {
    class: 'usage',
    title: 'invalid telemetry setting',
    explanation:
      'An OTEL_* variable has a value that Sluice does not know. It is ignored, as the OpenTelemetry specification asks. Sluice sends OTLP over HTTP, as protobuf or JSON.',
  },
  SLU9001: {
    class: 'fault',
    title: 'internal fault of Sluice',
    explanation: 'Something happened that should not be possible. Please report it with the output of --verbose.',
  },
} as const satisfies Record<string, CatalogueEntry>;
