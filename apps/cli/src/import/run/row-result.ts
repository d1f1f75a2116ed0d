import type { ReadRecord } from '../records/import-record.js';
import type { ImportTally } from './import-tally.js';

export interface Reject {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  /** Names of the commands of the row that were applied before one was refused. */
  readonly applied: readonly string[];
  readonly original: Readonly<Record<string, unknown>>;
}

export interface RowResult {
  readonly tally: ImportTally;
  readonly reject?: Reject;
}

export const rejected = ({ row }: ReadRecord, reason: string, applied: readonly string[] = []): Reject => ({
  file: row.file,
  line: row.line,
  reason,
  applied,
  original: row.original(),
});
