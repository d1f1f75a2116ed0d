import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inspectInputFile } from './input-file.js';
import { ndjsonRecords } from './ndjson-records.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-ndjson-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The value of `id` in each line, or what is wrong with the line. */
async function idsOf(...lines: readonly string[]) {
  const file = path.join(folder, 'f.ndjson');
  writeFileSync(file, lines.join('\n'));
  const ids: (string | undefined)[] = [];
  for await (const record of ndjsonRecords(await inspectInputFile(file)))
    ids.push(record.kind === 'row' ? record.row.get('id') : record.row.problem);
  return ids;
}

describe('a number of a line of JSON', () => {
  it('is read as it is written', async () => {
    expect(
      await idsOf(
        '{"id":1234567890123456}',
        '{"id":0.1}',
        '{"id":1.0000000000000000000}',
        '{"id":"12345678901234567890"}',
        '{"id":0.30000000000000004}',
      ),
    ).toEqual(['1234567890123456', '0.1', '1', '12345678901234567890', '0.30000000000000004']);
  });

  it.each(['12345678901234567890', '9007199254740993', '0.1234567890123456789', '-12345678901234567891'])(
    'with more digits than a number keeps is not taken for another one: %s',
    async (number) => {
      expect(await idsOf(`{"a":{"id":${number}}}`)).toEqual([
        `has the number ${number}, which has more digits than a number keeps; write it as a string`,
      ]);
    },
  );
});
