import type { RowImport } from '../memory/row-import.js';
import { type ReadRecord, rowsOf } from '../records/import-record.js';
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
  /** Whom the row concerns, where the mapping says so. */
  readonly customerIds?: readonly string[] | undefined;
  readonly original: Readonly<Record<string, unknown>>;
  /** What stood beyond the columns. */
  readonly surplus: readonly string[];
  /** Of the other rows that are one with it. */
  readonly others?: readonly Reject[];
}

export interface RowResult {
  readonly tally: ImportTally;
  readonly reject?: Reject;
}

interface RejectedRecord {
  readonly reason: string;
  readonly customerIds?: readonly string[] | undefined;
  readonly applied?: readonly string[];
}

export function rejected(record: ReadRecord, of: RowImport, { reason, customerIds, applied = [] }: RejectedRecord): Reject {
  const surplus = record.kind === 'unreadable' ? record.row.surplus : [];
  const rejectOf = ({ file, line, row, original }: ReadRecord['row'], others?: readonly Reject[]): Reject => ({
    file,
    line,
    ...(row !== undefined && { row }),
    of,
    reason,
    applied,
    ...(customerIds && { customerIds }),
    original: original(),
    surplus,
    ...(others && { others }),
  });
  const [first, ...others] = rowsOf(record);
  return rejectOf(
    first!,
    others.map((other) => rejectOf(other)),
  );
}
