import { CliError } from '../../terminal/cli-error.js';
import type { Evaluate } from '../values/expression.js';
import { type ReadRecord, RowProblem } from './import-record.js';

/** Ordering needs the whole file in memory. */
const MOST_ROWS = 500_000;

/** By the key, ties in the order of the file; rows without a key come first, where they are rejected. */
export async function* sortedRecords(records: AsyncIterable<ReadRecord>, key: Evaluate): AsyncGenerator<ReadRecord> {
  const keyed: { readonly key: string; readonly record: ReadRecord }[] = [];
  for await (const record of records) {
    keyed.push({ key: keyOf(record, key), record });
    if (keyed.length > MOST_ROWS)
      throw new CliError(
        `mapping: order loads the file into memory and allows at most ${MOST_ROWS.toLocaleString('en')} rows; sort the file beforehand and omit order, or split it by customer`,
      );
  }
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  for (const { record } of keyed) yield record;
}

function keyOf(record: ReadRecord, key: Evaluate): string {
  if (record.kind === 'unreadable') return '';
  try {
    return String(key(record.row) ?? '');
  } catch (error) {
    if (error instanceof RowProblem) return '';
    throw error;
  }
}
