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

/** The closed union of codes, as data. SLU1xxx manifest and usage, SLU2xxx component, SLU3xxx triggers and outputs, SLU4xxx state file, SLU9xxx faults. */
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
      'A message is larger than limits.event_size (default 8MiB). Raise the limit, or send a reference to the data.',
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
  SLU4001: {
    class: 'broker',
    title: 'state file can not be opened',
    explanation:
      "The folder or file for Sluice's own state (queue items, cron slots, dead letters, key-value data) can not be created or opened.",
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
  SLU9001: {
    class: 'fault',
    title: 'a fault of Sluice',
    explanation: 'Something happened that should not be possible. Please report it with the output of --verbose.',
  },
} as const satisfies Record<string, CatalogueEntry>;
