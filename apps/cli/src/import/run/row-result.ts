import type { RowImport } from '../memory/row-import.js';
import type { ReadRecord } from '../records/import-record.js';
import type { ImportTally } from './import-tally.js';

export interface Reject {
  readonly file: string;
  readonly line: number;
  /** Where it is not the line: the line over all files that are imported together. */
  readonly row?: number;
  readonly reason: string;
  /** The import that the row belongs to; it may begin before the row is written down. */
  readonly of: RowImport;
  /** Names of the commands of the row that were applied before one was rejected. */
  readonly applied: readonly string[];
  readonly original: Readonly<Record<string, unknown>>;
  /** What stood beyond the columns. */
  readonly surplus: readonly string[];
}

export interface RowResult {
  readonly tally: ImportTally;
  readonly reject?: Reject;
}

export const rejected = (record: ReadRecord, of: RowImport, reason: string, applied: readonly string[] = []): Reject => ({
  file: record.row.file,
  line: record.row.line,
  ...(record.row.row !== undefined && { row: record.row.row }),
  of,
  reason,
  applied,
  original: record.row.original(),
  surplus: record.kind === 'unreadable' ? record.row.surplus : [],
});
