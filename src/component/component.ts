import type { EventKind } from '../event.ts';
import type { DirectEntry } from './glue/direct-entry.ts';
import type { StubbedImport } from './stubs.ts';

/**
 * A loaded, checked component: everything that a thread needs to make instances of it. It is posted to worker threads by structured clone, which
 * shares the modules.
 */
export interface Component {
  /** Its name in the manifest. */
  readonly name: string;
  /** SHA-256 of the .wasm file, in hex. */
  readonly digest: string;
  /** Size of the .wasm file in bytes. */
  readonly bytes: number;
  /**
   * Imported interfaces and world-level functions, with versions: `wasi:keyvalue/store@0.2.0-draft`. The generated module takes each by this
   * name; interfaces that only hold types are not among them.
   */
  readonly imports: readonly string[];
  /** The imports that Sluice does not provide, by name. */
  readonly stubs: Readonly<Record<string, StubbedImport>>;
  /** Exported interfaces and world-level functions, with versions. */
  readonly exports: readonly string[];
  /** The contract chosen for it: `Contract.name`. */
  readonly contract: string;
  /** The export for each kind of event; `entry` is one of them. */
  readonly entries: Readonly<Record<EventKind, string>>;
  /** Other exports through which it could be called. */
  readonly unused: readonly string[];
  /** The export through which events reach it: `sluice:event/handler@0.1.0`. */
  readonly entry: string;
  /** Whether calls may suspend because an import is asynchronous. If so, it was transpiled for JSPI. */
  readonly suspends: boolean;
  /**
   * Text of the generated module (see `importGlue`), or of the one without tasks. Its `instantiate` takes the core modules by the names in
   * `modules`.
   */
  readonly glue: string;
  /** How to call its entry without the generated code. Absent: only through that code. */
  readonly direct?: DirectEntry;
  /** Whether it is one core module that imports nothing, so that a directly called instance needs no generated code. Default: false. */
  readonly plain?: boolean;
  /**
   * Whether an instance can be brought back to its first state, as long as it calls no import and its memory does not grow: see whyNotReset.
   * Default: false.
   */
  readonly resettable?: boolean;
  readonly modules: ReadonlyMap<string, WebAssembly.Module>;
  /** The core modules before compilation, for a host that compiled ones can't be posted to. */
  readonly wasm?: ReadonlyMap<string, Uint8Array>;
  /** The memory limit that its core modules were rewritten to, in bytes. */
  readonly memoryBytes: number;
}
