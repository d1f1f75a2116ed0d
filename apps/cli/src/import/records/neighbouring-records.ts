import type { ReadRecord } from './import-record.js';

/** Each row with the end of the one before it, so that rows that follow one another can be remembered as one range. */
export async function* neighbouringRecords(records: AsyncIterable<ReadRecord>): AsyncGenerator<ReadRecord> {
  let after = 0;
  for await (const record of records) {
    const { line, end = line, mended } = record.row;
    // Rows come one by one and are nobody else's yet; a copy of each would take as long as reading it.
    if (record.kind === 'row' && !mended) (record.row as { after?: number }).after = after;
    yield record;
    after = end;
  }
}
