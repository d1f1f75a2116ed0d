/** The streams in which imports remember, wherever commands go: the data folder, a server, or a rehearsal. */
export interface ImportLog {
  /** The events of a stream, the last one first; none where there is no stream. @throws CliError when engine or server cannot be used */
  readBackwards(category: ImportCategory, id: string): AsyncIterable<RememberingEvent>;
  /** @throws CliError when engine or server cannot be used */
  execute(command: RememberingCommand): Promise<Remembering>;
}

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
  /** `facts` are the further members of the problem details. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly facts: Readonly<Record<string, unknown>> };
