/** What a code means to the process that ends with it: see `exitCodes`. */
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
  /** What it means and what to do, for `sluice explain`. */
  readonly explanation: string;
}

/** The closed union of codes, as data. SLU1xxx manifest and usage, SLU2xxx component, SLU3xxx triggers and outputs, SLU4xxx state file, SLU5xxx telemetry and server, SLU9xxx faults. */
export const errorCatalogue = {
  SLU1001: {
    class: 'usage',
    title: 'wrong use of a command',
    explanation:
      'An option, an argument or a name on the command line is not known or has the wrong form. `sluice help COMMAND` lists what it takes.',
  },
  SLU1101: {
    class: 'manifest',
    title: 'manifest not found or not readable',
    explanation:
      'Sluice looks for sluice.toml in the current folder, or where --manifest points. Check the path and that the file can be read.',
  },
  SLU1102: {
    class: 'manifest',
    title: 'manifest is not TOML',
    explanation:
      'The file could not be parsed as TOML 1.0. The frame shows the line; a missing quote or a key given twice are the usual causes.',
  },
  SLU1103: {
    class: 'manifest',
    title: 'manifest too large or too deep',
    explanation:
      'A manifest has at most 1 MiB, and tables and arrays at most 32 deep in one another (a dotted key counts as one for each of its parts). Files that it names with ${file:} have at most 1 MiB, and all that is expanded in it at most 4 MiB.',
  },
  SLU1201: {
    class: 'manifest',
    title: 'invalid value in the manifest',
    explanation:
      'A key has a value of the wrong type, form or range. The message says what was wanted and what came. `sluice schema` prints every key with its range.',
  },
  SLU1203: {
    class: 'manifest',
    title: 'unknown key in the manifest',
    explanation:
      'A key is not one that Sluice knows there. Unknown keys are refused, since a misspelt limit would otherwise be no limit. The nearest known key is suggested.',
  },
  SLU1204: {
    class: 'manifest',
    title: 'reference to something that is not defined',
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
    title: 'name given twice',
    explanation:
      'Two triggers have the same name, given or by default (TYPE-COMPONENT). Names keep the state of triggers apart and are what commands take, so each must be unique: give one of them a `name`.',
  },
  SLU1207: {
    class: 'manifest',
    title: 'no such adapter',
    explanation:
      'The type of a trigger, connection or output is not one that Sluice knows. Adapters from packages are named as the package is, and the package must be installed beside the manifest: [[trigger."@acme/sluice-sqs"]].',
  },
  SLU1208: {
    class: 'manifest',
    title: 'adapter package can not be loaded',
    explanation:
      'A package that the manifest names as an adapter is not installed, fails while it is loaded, or exports no `adapter`. Install it in the folder of the manifest.',
  },
  SLU1209: {
    class: 'manifest',
    title: 'granted folder overlaps with what Sluice trusts',
    explanation:
      'A folder of allow.files holds, or lies in, something that decides what Sluice does (the manifest, the source of a component, what it is built from, the cache, the installation), that holds secrets (the state file, files of ${file:} and of connections), or that belongs to the kernel (/proc, /sys, /dev); or it lies in another granted folder. A component that can write there could run as Sluice does. Grant a folder that holds nothing but what the component is to work with.',
  },
  SLU1210: {
    class: 'manifest',
    title: 'granted folder can not be opened',
    explanation:
      'A folder of allow.files does not exist, is no folder, or may not be read by this user. Sluice opens each once, when it starts, and holds it; it makes none. `sluice check` only warns, since a volume may be mounted later.',
  },
  SLU1211: {
    class: 'manifest',
    title: 'dead letters run in a circle',
    explanation:
      'The dead letters of a trigger go where it reads, itself or through other triggers: each would be handled, given up on and published again without an end. Send them to a place that none of these triggers reads, or leave `dead_letter` out: they are kept in the local store then.',
  },
  SLU1301: {
    class: 'manifest',
    title: 'defined but not used',
    explanation:
      'A warning: nothing in the manifest uses a component or a connection that it defines. Often the name is misspelt elsewhere; if not, the table can go.',
  },
  SLU1302: {
    class: 'manifest',
    title: 'nothing to run',
    explanation:
      'The manifest has no trigger, so that `sluice up` would wait for nothing. Add one, such as [[trigger.queue]]; `sluice invoke` runs a component without any.',
  },
  SLU2001: {
    class: 'component',
    title: 'component file not found or not readable',
    explanation:
      'The file named as the source of a component is missing or can not be read. If it is built from source, build it first.',
  },
  SLU2002: {
    class: 'component',
    title: 'not a WebAssembly component',
    explanation:
      'The file is truncated, is not WebAssembly, or is a core module. Sluice runs components: wrap a core module with its toolchain.',
  },
  SLU2003: {
    class: 'component',
    title: 'no contract that Sluice knows',
    explanation:
      'The component exports no interface through which Sluice can hand it events, such as sluice:event/handler@0.1.0. `sluice inspect FILE` lists what it exports.',
  },
  SLU2004: {
    class: 'component',
    title: 'unknown import',
    explanation: 'The component imports interfaces that Sluice does not provide. `sluice inspect FILE` lists them.',
  },
  SLU2005: {
    class: 'component',
    title: 'component does not fit its limits',
    explanation: 'The component asks for more memory at its start than limits.memory allows.',
  },
  SLU2006: {
    class: 'component',
    title: 'component can not be instantiated',
    explanation:
      'An instance could not be made: the component trapped in its start code, or its imports have other types than the interfaces it names.',
  },
  SLU2007: {
    class: 'component',
    title: 'build command failed',
    explanation:
      'The build command of a component ended with an error. Its output is shown above the error; run it by hand in its folder.',
  },
  SLU2008: {
    class: 'component',
    title: 'forbidden name in a component',
    explanation:
      'The component, or a core module in it, has a name that no toolchain makes: with quotes or control characters, or not by the rules of WIT. Such a name could carry code into the glue that Sluice generates, so the component is refused. Do not run it before you know where it comes from.',
  },
  SLU2009: {
    class: 'component',
    title: 'component cache can not be written',
    explanation:
      'Sluice keeps transpiled components on disk, and could not write one. Check that the folder can be written and that there is space. Where the root is read-only, name a folder that is not: [cache] dir in the manifest. Where the cache itself is read-only on purpose, fill it while it can still be written.',
  },
  SLU2010: {
    class: 'component',
    title: 'component cache can not be trusted',
    explanation:
      'The code in the cache runs as Sluice does, and another user owns the folder or may write to it. Sluice makes it for its own user alone. Remove it, let its owner run Sluice, or set cache.dir to a folder that belongs to this user (or to root) and that nobody else may write to: chmod go-w FOLDER. Root is no exception.',
  },
  SLU2101: {
    class: 'component',
    title: 'a thread does not end',
    explanation:
      'A guest was to be ended, at its deadline or because its trigger was stopped, and its thread did not go: V8 ends no thread inside a long bulk memory instruction, or while it compiles. Its call is charged as timed out, its other calls run on a new thread, and the old one keeps a processor busy and its memory until it returns (metric sluice.pool.abandoned). A pool leaves at most four behind; after that, calls wait. Restart the process when that happens, and repair the component.',
  },
  SLU2102: {
    class: 'component',
    title: 'a pool is over its memory budget',
    explanation:
      'A process of the pool held more memory than limits.budget, or Sluice grew by more than that while a guest was on the stack of one of its threads. What ran was ended and is run again alone; a call that does it again is charged as trapped (memory). Give the component a larger limits.budget if it needs it; where several components share a process, pool.host = "process" tells exactly which it is.',
  },
  SLU2103: {
    class: 'component',
    title: 'a child process is not to be trusted',
    explanation:
      'A process of a pool said what none of its guests can make it say: a message of no known kind, or numbers that can not be right. It was ended. Guests can not do that unless one got out of WebAssembly: do not run the component before you know where it comes from, and report it.',
  },
  SLU2011: {
    class: 'component',
    title: 'WebAssembly feature that is not let in',
    explanation:
      'A core module of the component uses what no component has a use for and what Sluice could not bound: garbage-collected types, shared memory, memories or tables of 64-bit addresses, or stack switching. What toolchains for components emit is let in: SIMD, bulk memory, reference types, tail calls, several memories.',
  },
  SLU2012: {
    class: 'component',
    title: 'component too large to compile',
    explanation:
      'A core module of the component has more of something than any toolchain makes: a function of more than 1 MiB or 10,000 locals, or more branches times locals and operands than V8 compiles within bounded memory, or too many types, functions, memories, tables or instances. The message tells which. Unoptimised builds come closest: build it for release.',
  },
  SLU3001: {
    class: 'broker',
    title: 'trigger could not be opened',
    explanation: 'The source of a trigger could not be reached or refused the connection.',
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
      'The source did not confirm a settlement, or refused it since the lease had passed to somebody else. The event may be delivered again; it is not lost.',
  },
  SLU3004: {
    class: 'broker',
    title: 'message too large',
    explanation:
      'A message is larger than limits.event_size (default 8MiB), or than its broker takes: max_payload of a NATS server, max.message.bytes of a Kafka topic. Raise the limit, or send a reference to the data.',
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
      'A trigger ended and could not be restarted. Other triggers go on. `sluice up` shows its state; /triggers tells the cause.',
  },
  SLU3007: {
    class: 'broker',
    title: 'event runs in a circle',
    explanation:
      'Sluice has published the event on behalf of another limits.hops times (default 100): a trigger reads what it publishes itself, directly or through others. The event is kept in the local store of dead letters. Change where outputs or dead letters go; for a pipeline that means to go on, raise limits.hops. The count is the header `sluice-hops`, which whoever sends an event can write.',
  },
  SLU3301: {
    class: 'broker',
    title: 'NATS can not be reached',
    explanation:
      'None of the servers of a connection answered. Sluice tries again with growing pauses; once connected it reconnects by itself for ever. Check that nats-server runs, and `servers` of the connection.',
  },
  SLU3302: {
    class: 'broker',
    title: 'NATS refused the connection',
    explanation:
      'The server did not accept the credentials, or the two ends do not agree on TLS, or a file that the connection names can not be read. Set one of user and password, token, nkey or credentials, and tls where the server wants it.',
  },
  SLU3303: {
    class: 'broker',
    title: 'stream not found',
    explanation:
      'A trigger reads a JetStream stream that does not exist. Create it (`nats stream add NAME --subjects SUBJECT`), or let Sluice do so: `create = { subjects = ["SUBJECT"] }`. The trigger looks again with growing pauses.',
  },
  SLU3304: {
    class: 'broker',
    title: 'JetStream does not answer',
    explanation:
      'The server was reached, but nothing answers for JetStream: it is not enabled on the server or for the account, the domain is wrong, or the cluster has no leader at the moment. Sluice tries again.',
  },
  SLU3305: {
    class: 'broker',
    title: 'durable consumer does not fit the trigger',
    explanation:
      'The durable exists and differs from what the trigger needs: it pushes, does not want explicit acknowledgements, gives headers without data, serves priority groups, is paused, filters other subjects, or filters what its stream does not store. Sluice changes nothing that exists. Choose another `durable`, correct the consumer, or allow the change with `update = true` (filters and limits only).',
  },
  SLU3306: {
    class: 'broker',
    title: 'durable consumer was deleted',
    explanation:
      'The durable was deleted while a trigger read from it, and with it the knowledge of what was handled. Sluice does not make a new one by itself, as that would deliver what the stream keeps again from the start. Restart Sluice to create it anew by the `deliver` of the trigger.',
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
      'A message can not be put back or published, since it is not known to which subject: the trigger reads several, a subject holds blanks or wildcards, or the event came from a subject that the trigger does not read (any more). Publish to an output with a subject, or give the trigger one `filter`.',
  },
  SLU3309: {
    class: 'broker',
    title: 'JetStream refused a message',
    explanation:
      'The stream did not store a message: it is full and discards new messages, it is not the stream that the output expects, or no stream stores that subject. Nothing was settled.',
  },
  SLU3310: {
    class: 'broker',
    title: 'stream or consumer can not be created',
    explanation:
      'JetStream refused the stream of `create` or the durable of a trigger: its subjects overlap with another stream, the account has reached a limit, or there are fewer servers than replicas. The message tells which.',
  },
  SLU3311: {
    class: 'broker',
    title: 'key-value bucket not found',
    explanation:
      'A store names a bucket that does not exist. Create it (`nats kv add NAME`), or let Sluice do so: `create = {}`.',
  },
  SLU3312: {
    class: 'broker',
    title: 'key-value bucket does not answer',
    explanation:
      'A key could not be read or written: the bucket has no leader at the moment, is full, or the value is larger than it takes. When it did not answer, the change may have been made.',
  },
  SLU3313: {
    class: 'broker',
    title: 'nats-server is too old',
    explanation:
      'JetStream triggers need nats-server 2.10 or newer: older ones lack several filters on one durable and settle differently. Core subjects and outputs work with any 2.x.',
  },
  SLU3314: {
    class: 'broker',
    title: 'stream or durable is not what the manifest says',
    explanation:
      'A trigger with `update = true` changed its stream or its durable, JetStream took the change, and yet it differs from the manifest when it is read again. The message tells what. Change it by hand (`nats stream edit`, `nats consumer edit`), or correct the manifest.',
  },
  SLU3401: {
    class: 'fault',
    title: 'the Kafka client library is not the one that Sluice was built for',
    explanation:
      'Sluice reads and writes the records of Kafka itself, inside the client library kafkajs, and relies on how that is built. The kafkajs that is installed is built otherwise: install the version that this Sluice asks for.',
  },
  SLU3402: {
    class: 'broker',
    title: 'records can not be decoded',
    explanation:
      'What Kafka keeps at an offset can not be read: a checksum is wrong, the compression is unknown or its data damaged, or a record is cut short. Nothing is skipped. The message tells topic, partition and offset; kafka-dump-log.sh shows what the broker has there.',
  },
  SLU3403: {
    class: 'broker',
    title: 'Kafka can not be reached',
    explanation:
      'None of the brokers of a connection answered, or the one that is needed does not. Sluice tries again with growing pauses. Check that the brokers run, `brokers` of the connection, and that the addresses which the brokers advertise (advertised.listeners) can be reached from here. A broker that speaks TLS on that port, or does not, looks the same from outside.',
  },
  SLU3404: {
    class: 'broker',
    title: 'Kafka refused the connection',
    explanation:
      'The broker did not accept the credentials or the SASL mechanism, or a certificate is not trusted, or a file that the connection names can not be read, or the broker is too old or too new for the client. Check `sasl` and `tls` of the connection.',
  },
  SLU3405: {
    class: 'broker',
    title: 'Kafka denies permission',
    explanation:
      "The connection's user may not do that. A trigger needs READ and DESCRIBE on its topics and READ on its group; an output needs WRITE and DESCRIBE on its topic; exactly_once also needs WRITE on its transactional ids. `kafka-acls.sh --add` allows it.",
  },
  SLU3406: {
    class: 'broker',
    title: 'topic not found',
    explanation:
      'A topic does not exist, or the user of the connection may not know of it. Sluice makes no topics: `kafka-topics.sh --create --topic NAME --partitions N`. It looks again with growing pauses.',
  },
  SLU3407: {
    class: 'broker',
    title: 'Kafka refused the member of a group',
    explanation:
      'The group exists with other members that share partitions out in another way, is full, or the broker does not allow the timeouts of the trigger (group.min.session.timeout.ms to group.max.session.timeout.ms). Choose another `group`, or correct what the message names.',
  },
  SLU3408: {
    class: 'broker',
    title: 'Kafka refused a message',
    explanation:
      'The broker will never store this message: it has no key though its topic is compacted, has a time that the topic does not allow, or breaks a policy of the cluster. Other messages are not held up by it; the event that it was made of is given up on.',
  },
  SLU3409: {
    class: 'broker',
    title: 'Kafka did not confirm a message',
    explanation:
      'The brokers did not confirm that all in-sync replicas have a message: too few replicas are in sync (min.insync.replicas), a leader is being elected, or no answer came in time. It may have been stored. Sluice sends it again.',
  },
  SLU3410: {
    class: 'broker',
    title: 'transaction ended by somebody else',
    explanation:
      'A transaction was aborted by the broker: another process took over the partition (it fences the earlier one), or the transaction was open for longer than transaction_timeout. Nothing of it is visible; what it held is handled again.',
  },
  SLU3411: {
    class: 'broker',
    title: 'message without a topic for Kafka',
    explanation:
      'A message can not be put back or published, since it is not known to which topic: the trigger reads several, and the message does not name one of them. Publish to an output with a topic.',
  },
  SLU3412: {
    class: 'broker',
    title: 'the Kafka client gave up',
    explanation:
      'The client library ended a consumer for a reason that Sluice does not know. The trigger is opened again with growing pauses, and fails when it happens six times in a row. Please report it with the output of --verbose.',
  },
  SLU3413: {
    class: 'broker',
    title: 'pattern of topics takes too long',
    explanation:
      'Matching the pattern of a trigger with the names of topics took more than a second: it repeats a repetition, as (a+)+ does, and takes exponential time for names that almost match. Write it without the outer repetition, or name the topics.',
  },
  SLU4001: {
    class: 'broker',
    title: 'state file can not be opened',
    explanation:
      "The folder or file for Sluice's own state (queue items, cron slots, dead letters, key-value data) can not be created or opened. Where the root is read-only, name a file on a volume: [state] path in the manifest.",
  },
  SLU4002: {
    class: 'broker',
    title: 'state file is from a newer version',
    explanation:
      'The state file was written by a newer Sluice. Run that version, or point state.path elsewhere. The file was not changed.',
  },
  SLU4003: {
    class: 'broker',
    title: 'state file is corrupt',
    explanation:
      'SQLite found the state file malformed. It was not changed. Restore a copy, or move it away to start empty; `sqlite3 FILE .recover` saves what can be saved.',
  },
  SLU4004: {
    class: 'broker',
    title: 'disk full or not writable',
    explanation:
      'A commit to the state file failed. What was not committed was not confirmed, so nothing is lost; free some space.',
  },
  SLU4005: {
    class: 'broker',
    title: 'state file is locked',
    explanation:
      'Another process has held the write lock of the state file for more than 10 seconds: it hangs in the middle of a commit, or a tool has a transaction open. Processes of Sluice share a file without holding it. What was not committed was not confirmed.',
  },
  SLU4006: {
    class: 'broker',
    title: 'state file belongs to another user',
    explanation:
      'The state file holds events, dead letters and key-value data, and belongs to a user that is neither this one nor root: that user could read and change them. Run Sluice as its owner, change the owner (chown), or set state.path to another file. Root may open any.',
  },
  SLU4007: {
    class: 'broker',
    title: 'too many runs of a schedule wait in a shared store',
    explanation:
      'The slots of a schedule that have not ended are one value of its store, and a value has a size that the broker limits (1 MiB in NATS by default). At 2,000 waiting slots or 512 KiB no more runs are taken, and slots of the schedule are skipped. Let some run first, or send what comes in such numbers to a queue or a stream.',
  },
  SLU5001: {
    class: 'usage',
    title: 'address for metrics and health can not be used',
    explanation:
      'The HTTP server for /livez, /readyz, /triggers and /metrics could not listen: another process has the port, or the address is not one of this machine. Set server.listen to another address, or to "off".',
  },
  SLU5101: {
    class: 'broker',
    title: 'telemetry could not be exported',
    explanation:
      'The OpenTelemetry collector did not take a batch of spans, metrics or log records. Events are handled all the same; what could not be sent is lost after some tries. Check OTEL_EXPORTER_OTLP_ENDPOINT, or set OTEL_SDK_DISABLED=true. Told once a minute at most.',
  },
  SLU5102: {
    class: 'usage',
    title: 'telemetry setting not understood',
    explanation:
      'An OTEL_* variable has a value that Sluice does not know. It is ignored, as the OpenTelemetry specification asks. OTLP is spoken over HTTP, as protobuf or JSON.',
  },
  SLU9001: {
    class: 'fault',
    title: 'a fault of Sluice',
    explanation: 'Something happened that should not be possible. Please report it with the output of --verbose.',
  },
} as const satisfies Record<string, CatalogueEntry>;
