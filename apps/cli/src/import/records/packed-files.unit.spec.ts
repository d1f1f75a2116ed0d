import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CsvFormat } from '../mapping/mapping.js';
import { csvRecords } from './csv-records.js';
import { inspectInputFile } from './input-file.js';
import { measure } from './measure.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-packed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const given = (name: string, content: string | Buffer) => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
};

/** Rows of a file, with the file that they are of; a row that cannot be read as its problem. */
async function read(file: string, format: Partial<CsvFormat> = {}) {
  const input = await inspectInputFile(file);
  const rows: unknown[] = [];
  for await (const { row, ...record } of csvRecords(input, { format: 'csv', ...format }))
    rows.push(record.kind === 'row' ? { [`${row.file}:${row.line}`]: row.original() } : (row as unknown as { problem: string }).problem);
  return rows;
}

const table = 'id;name\n1;Ärzte\n2;Łódź\n';
const rowsOf = (name: string, first = 2) => [
  { [`${name}:${first}`]: { id: '1', name: 'Ärzte' } },
  { [`${name}:${first + 1}`]: { id: '2', name: 'Łódź' } },
];

/** APPNOTE.TXT 4.3: local files, then the central directory. */
function zip(files: Readonly<Record<string, string>>, change: { checksum?: number; flags?: number } = {}): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = deflateRawSync(content);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(change.flags ?? 0x800, 2);
    head.writeUInt16LE(8, 4);
    head.writeUInt32LE(change.checksum ?? crc32(content), 10);
    head.writeUInt32LE(data.length, 14);
    head.writeUInt32LE(Buffer.byteLength(content), 18);
    head.writeUInt16LE(Buffer.byteLength(name), 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const file = Buffer.concat([Buffer.from('504b0304', 'hex'), head, Buffer.from(name), data]);
    central.push(Buffer.from('504b01021403', 'hex'), head, place, Buffer.from(name));
    local.push(file);
    offset += file.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(local.length, 4);
  end.writeUInt16LE(local.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('504b0506', 'hex'), end]);
}

const SPREADSHEET = 'is a spreadsheet; save its sheet as CSV in UTF-8 and import that file';

describe('a zip archive', () => {
  it('of one file is read as that file, with what macOS adds beside it', async () => {
    const file = given('export.zip', zip({ 'folder/data.csv': table, '__MACOSX/folder/._data.csv': 'x' }));
    expect(await read(file, { delimiter: ';' })).toEqual(rowsOf('data.csv'));
    const plain = await measure(await inspectInputFile(given('data.csv', table)), 'utf-8');
    const packed = await measure(await inspectInputFile(file), 'utf-8');
    expect(packed).toMatchObject({ contentSha256: plain.contentSha256, lines: 3 });
    expect(packed.sha256).not.toBe(plain.sha256);
  });

  it.each([
    [
      'of several files names them',
      zip({ 'a.csv': 'a', 'b.csv': 'b' }),
      'is a zip archive of 2 files; unpack the one to import: a.csv, b.csv',
    ],
    ['without a file says so', zip({}), 'is a zip archive without a file in it'],
    ['that is a workbook says how to save it', zip({ '[Content_Types].xml': '', 'xl/workbook.xml': '' }), SPREADSHEET],
    [
      'that is an OpenDocument table says how to save it',
      zip({ mimetype: '', 'META-INF/manifest.xml': '', 'content.xml': '' }),
      SPREADSHEET,
    ],
    ['that is a table of Numbers says how to save it', zip({ 'Index/Document.iwa': '', 'preview.jpg': '' }), SPREADSHEET],
    ['that is cut off says so', zip({ 'a.csv': table }).subarray(0, 40), 'the zip archive cannot be read'],
  ])('%s', async (_, content, message) => {
    await expect(inspectInputFile(given('export.zip', content))).rejects.toThrow(message);
  });

  it('with a wrong checksum or a password is rejected before any row', async () => {
    for (const [change, message] of [
      [{ checksum: 1 }, 'the zip archive cannot be read (its checksum is another)'],
      [{ flags: 0x801 }, 'data.csv is encrypted; unpack it first'],
    ] as const)
      await expect(measure(await inspectInputFile(given('export.zip', zip({ 'data.csv': table }, change))), 'utf-8')).rejects.toThrow(
        message,
      );
  });

  it('a workbook of an old Excel says how to save it', async () => {
    await expect(inspectInputFile(given('a.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex')))).rejects.toThrow(SPREADSHEET);
  });
});

describe('a CSV file', () => {
  const little = Buffer.from(table, 'utf16le');
  const big = Buffer.from(table, 'utf16le').swap16();
  it.each([
    ['UTF-16LE with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), little])],
    ['UTF-16LE without', little],
    ['UTF-16BE with a mark', Buffer.concat([Buffer.from([0xfe, 0xff]), big])],
    ['UTF-16BE without', big],
  ])('in %s is read without naming it', async (_, content) => {
    expect(await read(given('data.csv', content), { delimiter: ';' })).toEqual(rowsOf('data.csv'));
    expect(await read(given('data.csv', content), { delimiter: ';', encoding: 'windows-1252' })).toEqual(rowsOf('data.csv'));
  });

  it('may say its delimiter before the header, if the mapping says no other', async () => {
    for (const line of ['sep=;', '"sep=;"', '\ufeffSEP=;\r', 'sep=;;;', '"sep=;";;']) {
      const file = given('data.csv', `${line}\n${table}`);
      expect(await read(file)).toEqual(rowsOf('data.csv', 3));
      expect(await read(file, { delimiter: ';' })).toEqual(rowsOf('data.csv', 3));
      await expect(read(file, { delimiter: ',' })).rejects.toThrow(
        'says in its first line that its delimiter is ";", but the mapping says ","',
      );
    }
  });

  it('may end its lines with delimiters', async () => {
    const rows = ['id,name,,', '1,a,,', '2,b,,c', '3,d', '4,e,,,'];
    expect(await read(given('data.csv', `${rows.join('\n')}\n`))).toEqual([
      { 'data.csv:2': { id: '1', name: 'a' } },
      'has a value in a column without a name',
      'has 2 fields where the header has 4',
      'has 5 fields where the header has 4; if every row ends with a delimiter, end the header with one too',
    ]);
    await expect(read(given('data.csv', 'id,,name\n1,2,3\n'))).rejects.toThrow('column 2 of the header has no name');
  });
});
