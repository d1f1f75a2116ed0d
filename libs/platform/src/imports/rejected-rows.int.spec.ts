import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { openMemorySubjectKeys, type SubjectKeyStore } from '#privacy';
import { openRejectedRows } from './open-rejected-rows.js';
import { type RejectedImport, type RejectedRow, type RejectedRows, UNKNOWN_CUSTOMER } from './rejected-rows.js';

let folder: string;
let keys: SubjectKeyStore;
let store: RejectedRows;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-rejected-'));
  keys = openMemorySubjectKeys();
  store = openRejectedRows(folder, keys);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const first: RejectedImport = {
  reference: '1-0a1b2c3d-000000000001',
  format: 'csv',
  until: '2026-12-31T00:00:00.000Z',
};
const other: RejectedImport = {
  ...first,
  reference: '2-0a1b2c3d-000000000002',
  until: '2027-01-31T00:00:00.000Z',
};
const row = (line: number, ...customerIds: readonly string[]): RejectedRow => ({
  ...{ file: 'anna.csv', line, reason: 'amount is wrong', applied: [], surplus: [], customerIds },
  original: { name: `Anna Petrova ${line}`, amount: 'x' },
});
const linesOf = async ({ reference }: RejectedImport, of = store) => {
  const lines: number[] = [];
  for await (const { line } of of.rowsOf(reference)) lines.push(line);
  return lines;
};
const bytes = () => readdirSync(folder).map((name) => readFileSync(path.join(folder, name)).toString('latin1'));

describe('rejected rows', () => {
  it('are read as they were kept, in the order of their lines, each once however often it is kept', async () => {
    const many = Array.from({ length: 1_200 }, (_, at) => row(1_201 - at));
    await store.keep(first, many);
    await store.keep(first, [{ ...row(7), reason: 'still wrong' }]);
    const rows: RejectedRow[] = [];
    for await (const each of store.rowsOf(first.reference)) rows.push(each);
    expect(rows.map(({ line }) => line)).toEqual(many.map(({ line }) => line).reverse());
    expect(rows[5]).toEqual({ ...row(7), reason: 'still wrong' });
    expect(await store.imports()).toEqual([{ reference: first.reference, format: 'csv', until: first.until, rows: 1_200 }]);
  });

  it('stand in no file in plain text, nor does the name of their file', async () => {
    await store.keep(first, [row(2, 'c1'), row(3)]);
    for (const text of bytes()) expect(text).not.toMatch(/Anna|anna|amount/);
  });

  it('of a customer who is erased are removed, and none of them is kept afterwards, by whichever process', async () => {
    const second = openRejectedRows(folder, keys);
    await store.keep(first, [row(2, 'c1'), row(3, 'c2'), row(4)]);
    await second.keep(other, [row(9, 'c1')]);
    await second.erase(['c1']);
    expect([await linesOf(first), await linesOf(other)]).toEqual([[3, 4], []]);
    await store.keep(first, [row(5, 'c1'), row(6, 'c2')]);
    expect(await linesOf(first, second)).toEqual([3, 4, 6]);
    await second.close();
  });

  it('of several customers are removed with the first of them who is erased, and are not kept afterwards', async () => {
    await store.keep(first, [row(2, 'c1', 'c2'), row(3, 'c1', UNKNOWN_CUSTOMER), row(4, 'c3')]);
    expect((await store.remaining('c1')).unknown).toHaveLength(1);
    await store.erase(['c2']);
    expect(await linesOf(first)).toEqual([3, 4]);
    await store.erase(['c1']);
    expect(await linesOf(first)).toEqual([4]);
    expect((await store.remaining('c1')).unknown).toEqual([]);
    await store.keep(first, [row(5, 'c3', 'c2')]);
    await keys.erase(['relationship-c4'], '2026-12-01T00:00:00.000Z');
    await store.keep(first, [row(6, 'c3', 'c4')]);
    expect(await linesOf(first)).toEqual([4]);
  });

  it('kept again for other customers are no longer of those before', async () => {
    await store.keep(first, [row(2, 'c1')]);
    await store.keep(first, [row(2, 'c2')]);
    await store.erase(['c1']);
    expect(await linesOf(first)).toEqual([2]);
  });

  it('of a store in which rows had one customer only are dropped, and their files are named for everybody', async () => {
    const file = path.join(folder, 'rejected-rows.sqlite');
    await store.close();
    rmSync(file);
    const former = new Database(file);
    former.exec(`
      CREATE TABLE imports (reference TEXT PRIMARY KEY, format TEXT NOT NULL, until TEXT NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE rows (reference TEXT NOT NULL, id TEXT NOT NULL, line INTEGER NOT NULL, customer_id TEXT, ciphertext BLOB NOT NULL,
        PRIMARY KEY (reference, id)) STRICT;
      CREATE TABLE files (customer_id TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (customer_id, path)) STRICT, WITHOUT ROWID;
      CREATE TABLE erased (customer_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
      INSERT INTO imports VALUES ('${first.reference}', 'csv', '${first.until}');
      INSERT INTO rows VALUES ('${first.reference}', 'x', 2, 'c1', x'00');
      INSERT INTO files VALUES ('c1', '/in/f.rejects.csv');
      INSERT INTO erased VALUES ('c9');
      PRAGMA application_id = 0x4c52454a`);
    former.close();
    store = openRejectedRows(folder, keys);
    expect(await store.imports()).toEqual([{ ...first, rows: 0 }]);
    expect((await store.remaining('c2')).files).toEqual(['/in/f.rejects.csv']);
    await store.keep(first, [row(2, 'c1', 'c2'), row(3, 'c9')]);
    expect(await linesOf(first)).toEqual([2]);
  });

  it('of a customer whose key was destroyed before are not kept, and no key is made for the customer', async () => {
    await keys.erase(['relationship-c1'], '2026-12-01T00:00:00.000Z');
    await store.keep(first, [row(2, 'c1')]);
    expect(await store.imports()).toEqual([]);
    await store.keep(first, [row(2, 'c1'), row(3, 'c2')]);
    expect(await linesOf(first)).toEqual([3]);
    // As in a store that was restored from a backup.
    await keys.erase(['relationship-c2'], '2026-12-01T00:00:00.000Z');
    expect(await linesOf(first)).toEqual([]);
    expect([...(await keys.find(['relationship-c1', 'relationship-c2'])).values()].map(({ kind }) => kind)).toEqual(['erased', 'erased']);
  });

  it('that may still be of a customer are named: those of nobody known until their key is destroyed, and the files', async () => {
    await store.keep(first, [row(2, 'c1'), row(3)]);
    await store.wrote('/in/f.rejects.csv', [row(2, 'c1'), row(3)]);
    await store.wrote('/in/g.rejects.csv', [row(2, 'c2', 'c4')]);
    await store.erase(['c1', 'c2', 'c3']);
    expect(await store.remaining('c1')).toEqual({
      unknown: [{ reference: first.reference, until: first.until }],
      files: ['/in/f.rejects.csv'],
    });
    for (const id of ['c2', 'c4']) expect((await store.remaining(id)).files).toEqual(['/in/f.rejects.csv', '/in/g.rejects.csv']);
    expect((await store.remaining('c3')).files).toEqual(['/in/f.rejects.csv']);
  });

  it('are forgotten with the key of their import when it is due, and its rows are not kept again', async () => {
    await store.keep(first, [row(2)]);
    await store.keep(other, [row(2)]);
    expect(await store.expire('2026-12-30T23:59:59.999Z')).toBe(0);
    expect(await store.expire(first.until)).toBe(1);
    expect((await store.imports()).map(({ reference }) => reference)).toEqual([other.reference]);
    expect((await keys.find([`secret-rejected-rows-${first.reference}`])).values().next().value?.kind).toBe('erased');
    await store.keep(first, [row(2)]);
    expect([await linesOf(first), await linesOf(other)]).toEqual([[], [2]]);
    expect((await store.imports()).map(({ reference }) => reference)).toEqual([other.reference]);
  });

  it('are forgotten when it was said first, however often they are kept', async () => {
    await store.keep(first, [row(2)]);
    await store.keep({ ...first, until: '2027-06-30T00:00:00.000Z' }, [row(2), row(3)]);
    expect(await store.imports()).toEqual([{ reference: first.reference, format: 'csv', until: first.until, rows: 2 }]);
  });

  it('cannot be moved to another import or line', async () => {
    await store.keep(first, [row(2)]);
    const database = new Database(path.join(folder, 'rejected-rows.sqlite'));
    database.pragma('foreign_keys = OFF');
    database.prepare("UPDATE rows SET id = 'x'").run();
    database.close();
    await expect(linesOf(first)).rejects.toThrow('authenticate');
  });

  it('are not opened where the file is of something else, which is said', async () => {
    const { writeFileSync } = await import('node:fs');
    const elsewhere = path.join(folder, 'elsewhere');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(elsewhere);
    writeFileSync(path.join(elsewhere, 'rejected-rows.sqlite'), 'no database, but a text that is long enough to be looked at');
    expect(() => openRejectedRows(elsewhere, keys)).toThrow(/the store of rejected rows .*rejected-rows\.sqlite cannot be opened/);
  });
});
