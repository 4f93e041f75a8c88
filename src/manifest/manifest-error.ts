import { type ErrorCode, SluiceError } from '../errors.ts';

/** A line of the manifest, and the part of it that a problem concerns. */
export interface ManifestFrame {
  readonly text: string;
  /** 0-based, within `text`. */
  readonly start: number;
  /** At least 1. */
  readonly length: number;
}

/** One error or warning about a manifest. Holds no secrets. */
export interface ManifestProblem {
  readonly code: ErrorCode;
  /** As `formatPath` writes it; `` for the whole document. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly frame: ManifestFrame;
  /** One line, with the path. */
  readonly message: string;
  readonly fix?: string;
}

/** All problems of a manifest, in the order of its lines. `code` and `message` are those of the first. */
export class ManifestError extends SluiceError {
  readonly file: string;
  /** At least one. */
  readonly problems: readonly ManifestProblem[];

  constructor(file: string, problems: readonly ManifestProblem[], cause?: unknown) {
    const inOrder = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
    const first = inOrder[0];
    if (first === undefined) throw new TypeError('a manifest error without a problem');
    const { code, message, line, column, path, fix } = first;
    super(code, message, { cause, place: { file, line, column, path }, ...(fix === undefined ? {} : { fix }) });
    this.file = file;
    this.problems = inOrder;
  }
}
