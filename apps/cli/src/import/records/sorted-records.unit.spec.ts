import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ReadRecord, RowProblem } from './import-record.js';
import { textRow, unreadable } from './row.js';
import { sortedRecords } from './sorted-records.js';

const columns = new Map([
  ['day', 0],
  ['number', 1],
  ['text', 2],
]);
const row = (line: number, ...values: readonly string[]) => textRow('a.csv', line, columns, values, { end: line });
const keys = [
  ({ get }: { get(column: string): string | undefined }) => {
    if (get('day') === '?') throw new RowProblem('no day');
    return get('day') || undefined;
  },
  ({ get }: { get(column: string): string | undefined }) => Number(get('number')),
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-sorted-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* from(records: readonly ReadRecord[]): AsyncGenerator<ReadRecord> {
  yield* records;
}

/** A run is a row or two. */
const tiny = { keys, columns: new Set(['day', 'number']), runCharacters: 150, mostRuns: 3 };

async function sorted(records: readonly ReadRecord[], options: Partial<typeof tiny> = {}): Promise<readonly ReadRecord[]> {
  const all: ReadRecord[] = [];
  for await (const record of sortedRecords(from(records), { ...tiny, folder, ...options })) all.push(record);
  return all;
}

const rows = Array.from({ length: 100 }, (_, at) =>
  row(at + 2, `2024-01-${10 + ((at * 7) % 13)}`, String((at * 31) % 5), `text\n${at} \u2028 "é"`),
);
const linesOf = (records: readonly ReadRecord[]) => records.map((record) => record.row.line);

describe('sorted records', () => {
  it('come by the first key that differs, numbers as numbers, ties in the order of the file, in one run and in many', async () => {
    const expected = rows
      .map((record) => (record.kind === 'row' ? record.row : undefined)!)
      .map((one) => ({ line: one.line, day: one.get('day')!, number: Number(one.get('number')) }))
      .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.number - b.number || a.line - b.line))
      .map(({ line }) => line);
    expect(linesOf(await sorted(rows))).toEqual(expected);
    expect(linesOf(await sorted(rows, { runCharacters: 10_000_000 }))).toEqual(expected);
    const tens = [row(2, 'a', '10', ''), row(3, 'a', '9', ''), row(4, 'a', '9', '')];
    expect(linesOf(await sorted(tens))).toEqual([3, 4, 2]);
  });

  it('have every value and what identifies them, from a file as from memory', async () => {
    const mended = { import: '1-00000000-000000000000', at: 9 };
    const given = [
      textRow('a.csv', 7, columns, ['b', '1', 'x\u2028y'], { end: 8, mended }),
      unreadable('a.csv', 5, 'is broken', { day: 'q' }, { surplus: ['more'], end: 6 }),
      ...rows.slice(0, 9),
    ];
    for (const runCharacters of [150, 10_000_000]) {
      const [first, ...others] = await sorted(given, { runCharacters });
      expect(first).toMatchObject({ kind: 'unreadable', row: { file: 'a.csv', line: 5, end: 6, problem: 'is broken', surplus: ['more'] } });
      expect(first?.row.original()).toEqual({ day: 'q' });
      const last = others.at(-1);
      expect(last).toMatchObject({ kind: 'row', row: { file: 'a.csv', line: 7, end: 8, mended } });
      expect(last?.kind === 'row' && [last.row.get('day'), last.row.get('text'), last.row.get('none')]).toEqual([
        'b',
        'x\u2028y',
        undefined,
      ]);
      expect(last?.row.original()).toEqual({ day: 'b', number: '1', text: 'x\u2028y' });
    }
  });

  it('without a key come first', async () => {
    expect(linesOf(await sorted([row(2, 'a', '1', ''), row(3, '?', '1', ''), row(4, '', '1', '')]))).toEqual([3, 4, 2]);
  });

  it('leave no file behind, though nobody reads them to the end', async () => {
    for await (const _ of sortedRecords(from(rows), { ...tiny, folder })) {
      expect(readdirSync(folder)).toEqual([]);
      break;
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('say where there is no room for them', async () => {
    rmSync(folder, { recursive: true });
    await expect(sorted(rows)).rejects.toThrow(/^rows cannot be sorted in .*set TMPDIR to another folder$/);
  });

  it('are not fewer than were read, where a full folder took a part of them', async () => {
    const handle = await open(path.join(folder, 'any'), 'w');
    const handles = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    // A write may be short without an error, and what was written may be lost.
    const { write, writeFile } = handles;
    const half = (text: string) => text.slice(0, text.length / 2);
    const spies = [
      jest.spyOn(handles, 'write').mockImplementation(function (this: FileHandle, text: unknown) {
        return write.call(this, half(text as string)) as never;
      }),
      jest.spyOn(handles, 'writeFile').mockImplementation(function (this: FileHandle, text: unknown) {
        return writeFile.call(this, half(text as string));
      }),
    ];
    try {
      await expect(sorted(rows)).rejects.toThrow(/^rows cannot be sorted in .*can be read\); free some space there/);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });
});
