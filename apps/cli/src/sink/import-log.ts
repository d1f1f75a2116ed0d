/** The streams in which imports remember, wherever commands go: the data folder, a server, or a rehearsal. */
export interface ImportLog {
  /** Other imports may go on at the same time. */
  readonly shared: boolean;
  /**
   * The events of a stream, the last one first; none where there is no stream.
   * @param few so many suffice as a rule: those after them cost another request
   * @throws CliError when engine or server cannot be used
   */
  readBackwards(category: ImportCategory, id: string, few?: number): AsyncIterable<RememberingEvent>;
  /**
   * Whether the chronicle is one of before imports had numbers: commands may be known by the ids that they had then.
   * @throws CliError when engine or server cannot be used
   */
  hasFormerIds(): Promise<boolean>;
  /**
   * Under which the imports of a system hash what they remember, 64 hex digits; the same for ever.
   * @param importSourceId id of the stream of these imports
   * @throws CliError when engine or server cannot be used
   */
  hashKey(importSourceId: string): Promise<string>;
  /** Time zone of the company. @throws CliError when engine or server cannot be used */
  zone(): Promise<string>;
  /** @throws CliError when engine or server cannot be used */
  execute(command: RememberingCommand): Promise<Remembering>;
}

/** Imports got numbers with version 2 of the envelope, so a log that begins with it has none of before. */
export const isOfBefore = (first: { readonly envelopeVersion?: unknown } | undefined): boolean =>
  first !== undefined && first.envelopeVersion === undefined;

export type ImportCategory = 'import' | 'import-source';

export interface RememberingEvent {
  readonly type: string;
  readonly revision: number;
  readonly data: unknown;
}

export interface RememberingCommand {
  readonly name: string;
  /** Id of the stream. */
  readonly target: string;
  readonly body: object;
  /** On behalf of the imports of this system. */
  readonly system: string;
  /** The stream must be there; wherever it is when absent. */
  readonly expectedRevision?: number;
}

export type Remembering =
  | { readonly kind: 'done'; readonly revision: number }
  /** `details` are the further members of the problem details. */
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> };
