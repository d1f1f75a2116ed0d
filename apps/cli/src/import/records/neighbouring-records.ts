import type { ReadRecord } from './import-record.js';

/** Each row with the end of the one before it, so that rows that follow one another can be remembered as one range. */
export async function* neighbouringRecords(records: AsyncIterable<ReadRecord>): AsyncGenerator<ReadRecord> {
  let after = 0;
  for await (const record of records) {
    yield record.kind === 'row' && !record.row.mended ? { kind: 'row', row: { ...record.row, after } } : record;
    after = record.row.end ?? record.row.line;
  }
}
