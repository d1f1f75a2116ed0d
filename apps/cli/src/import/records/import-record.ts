/** One row of an input file. */
export interface ImportRecord {
  /** The file that the row came from first; a rejects file that was mended names the original. */
  readonly file: string;
  /** First physical line, from 1; kept from the original file in a mended rejects file. */
  readonly line: number;
  /** Line over all files that are imported together; `line` where there is one. */
  readonly row?: number;
  /** Where it ends, counted as `row`; it is one line when absent. */
  readonly end?: number | undefined;
  /** Where the one before it ends, which is 0 for the first; absent where that is not known. */
  readonly after?: number;
  /** Of a row of a rejects file. */
  readonly mended?: MendedRow;
  /** The rows that are this one, if they are several. */
  readonly group?: readonly ImportRecord[];
  /** Value by column, as text; undefined where the row has no such member (NDJSON only). */
  get(column: string): string | undefined;
  /** The original fields, for the rejects file. */
  original(): Readonly<Record<string, unknown>>;
}

/** A row that cannot even be read. */
export interface UnreadableRecord {
  readonly file: string;
  readonly line: number;
  readonly row?: number;
  readonly end?: number | undefined;
  readonly mended?: MendedRow;
  readonly problem: string;
  original(): Readonly<Record<string, unknown>>;
  /** Fields beyond the columns, which have no name. */
  readonly surplus: readonly string[];
  /** Fields that may be the value of the column: some are missing or too many. Absent where the line has no fields, undefined for another column. */
  readonly mayBe?: ((column: string) => readonly string[] | undefined) | undefined;
}

export interface MendedRow {
  /** The import that it was rejected by, as the rejects file names it; empty where it does not. */
  readonly import: string;
  /** Where it stands in the rejects file, counted as `row`. */
  readonly at: number;
  /** Where it stands in the file of that import, where that is not `line`: its file was a rejects file too. */
  readonly row?: number | undefined;
}

export type ReadRecord =
  | { readonly kind: 'row'; readonly row: ImportRecord }
  | { readonly kind: 'unreadable'; readonly row: UnreadableRecord };

/** As they stand in the file. */
export const rowsOf = (record: ReadRecord): readonly ReadRecord['row'][] =>
  (record.kind === 'row' ? record.row.group : undefined) ?? [record.row];

/** Thrown while a row is turned into commands: the row is rejected with this reason, the import goes on. */
export class RowProblem extends Error {
  override readonly name = 'RowProblem';
}
