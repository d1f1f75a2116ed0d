import type { ImportRecord } from '../records/import-record.js';

/** An import under a mapping. */
export interface NumberedImport {
  readonly number: number;
  /** Beginning of the hash of its file. */
  readonly file: string;
  /** Its commands may be known by the ids that they had before imports had numbers. */
  readonly formerly: boolean;
  /** In which it reads times that name no zone. */
  readonly zone: string;
}

/** The import that a row belongs to. One that has not begun may still get another number. */
export interface RowImport extends NumberedImport {
  readonly importId: string;
  /** As a rejects file names it; `none` while nothing of it is recorded. */
  readonly reference: string;
}

/** By this a command of a row of an import is remembered. */
export interface CommandSlot {
  /** Of the import. */
  readonly number: number;
  /** From 1. */
  readonly index: number;
  /** Line at which the row begins. */
  readonly row: number;
  /** The lines that belong to no other row. */
  readonly from: number;
  readonly to: number;
  readonly mended: boolean;
}

/** Blank lines and comments before a row count as its own, so that ranges of rows have no holes. */
export function slotOf(
  { number }: Pick<NumberedImport, 'number'>,
  { line, row = line, end = row, after = row - 1, mended }: Pick<ImportRecord, 'line' | 'row' | 'end' | 'after' | 'mended'>,
  index: number,
): CommandSlot {
  return { number, index, row, from: after + 1, to: end, mended: mended !== undefined };
}
