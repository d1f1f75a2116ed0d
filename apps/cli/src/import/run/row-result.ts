import type { ReadRecord } from '../records/import-record.js';
import type { ImportTally } from './import-tally.js';

export interface Reject {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  /** Names of the commands of the row that were applied before one was refused. */
  readonly applied: readonly string[];
  readonly original: Readonly<Record<string, unknown>>;
  /** What stood beyond the columns. */
  readonly surplus: readonly string[];
}

export interface RowResult {
  readonly tally: ImportTally;
  readonly reject?: Reject;
}

export const rejected = (record: ReadRecord, reason: string, applied: readonly string[] = []): Reject => ({
  file: record.row.file,
  line: record.row.line,
  reason,
  applied,
  original: record.row.original(),
  surplus: record.kind === 'unreadable' ? record.row.surplus : [],
});
