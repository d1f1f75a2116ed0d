import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome, RowCommand } from '../sink/command-sink.js';
import { prepareImport } from './import-file.js';
import type { Mapping, SourceFormat } from './mapping/mapping.js';
import { inMemorySink } from './memory/in-memory-sink.js';
import { noCheckpoint } from './run/import-checkpoint.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-mended-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const columns = ['email', 'name', 'day', 'item'];
const mapping = (source: SourceFormat): Mapping => ({
  system: 'shop',
  source,
  occurredAt: { $date: { $column: 'day' } },
  commands: [
    {
      command: 'register-customer',
      target: { $id: 'customer', of: 'email' },
      body: { kind: 'person', displayName: { $column: 'name' }, segment: { $column: 'item' } },
    },
  ],
});

/** Imports a file into nothing. Answers what became of its rows. */
async function imported(name: string, source: SourceFormat, more: Partial<Mapping> = {}, answer: Outcome = { kind: 'applied', events: 1 }) {
  const issued: RowCommand[] = [];
  const prepared = await prepareImport(
    path.join(folder, name),
    { ...mapping(source), ...more },
    {
      dryRun: false,
      mappingPath: 'm.json',
      lookups: new Map(),
    },
  );
  const { imports, foreignKeyIds } = await inMemorySink();
  const { tally } = await prepared.run(
    {
      problemOf: () => undefined,
      execute: async (command) => {
        issued.push(command);
        return answer;
      },
      imports,
      foreignKeyIds,
      close: async () => {},
    },
    noCheckpoint,
    { signal: new AbortController().signal, onProgress: () => {} },
  );
  return {
    rejected: tally.rejected,
    rows: issued.map(({ source: { id }, body }) => {
      const { displayName = '', segment = '' } = body as { displayName?: string; segment?: string };
      return `${id} ${displayName} ${segment}`.trim();
    }),
  };
}

const write = (name: string, content: string | Buffer) => writeFileSync(path.join(folder, name), content);
const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');

/** A file is imported, its rejects are mended, and they are imported with the same mapping. */
async function mended(content: string | Buffer, source: SourceFormat, edit: (rejects: string) => string) {
  const rejects = `rows.rejects.${source.format === 'ndjson' ? 'ndjson' : 'csv'}`;
  write('rows', content);
  expect((await imported('rows', source)).rejected).toBeGreaterThan(0);
  write(rejects, edit(read(rejects)));
  return imported(rejects, source);
}

const secondOfMarch = (rejects: string) => rejects.replaceAll('2024-02-30', '2024-03-02');
/** As a spreadsheet does, with a byte order mark. */
const saved = (delimiter: string) => (rejects: string) => `\uFEFF${rejects.replaceAll(',', delimiter).replaceAll('\n', '\r\n')}`;
/** Анна in windows-1251. */
const anna = '\u00c0\u00ed\u00ed\u00e0';

describe('a mended rejects file', () => {
  it.each<[what: string, source: object, content: string, edit: (rejects: string) => string]>([
    ['semicolons', { delimiter: ';' }, `${columns.join(';')}\na@x.org;${anna};2024-02-30;tea\n`, secondOfMarch],
    ['no header', { header: false, columns }, `\na@x.org,${anna},2024-02-30,tea\n`, secondOfMarch],
    ['other quotes and comments', { quote: "'", comment: 'r' }, `${columns}\na@x.org,'${anna}',2024-02-30,tea\n`, secondOfMarch],
    ['commas; saved with semicolons', {}, `${columns}\na@x.org,${anna},2024-02-30,tea\n`, (rejects) => saved(';')(secondOfMarch(rejects))],
    ['commas; saved with tabs', {}, `${columns}\na@x.org,${anna},2024-02-30,tea\n`, (rejects) => saved('\t')(secondOfMarch(rejects))],
  ])('is read as it was written, whatever the file had: %s', async (_, source, content, edit) => {
    expect(await mended(Buffer.from(content, 'latin1'), { format: 'csv', encoding: 'windows-1251', ...source }, edit)).toEqual({
      rejected: 0,
      rows: ['rows:2#1 Анна tea'],
    });
  });

  it('of lines is read as it was written too', async () => {
    const pattern = columns.map((name) => `(?<${name}>[^ ]+)`).join(' ');
    const content = Buffer.from('a@x.org Анна 2024-02-30 tea\nb@x.org\n', 'utf16le');
    const edit = (rejects: string) => saved(';')(secondOfMarch(rejects)).replace('b@x.org', '"b@x.org ""B"" 2024-01-01 cups;two"');
    expect(await mended(content, { format: 'lines', encoding: 'utf-16le', pattern }, edit)).toEqual({
      rejected: 0,
      rows: ['rows:1#1 Анна tea', 'rows:2#1 "B" cups;two'],
    });
  });

  it('has the columns of the file, whatever stood in the first reject, and keeps what was too much', async () => {
    const content = `${columns}\na@x.org,A,2024-01-01,tea,green,hot\nb@x.org,B,2024-02-30,tea\n`;
    const edit = (rejects: string) => {
      const [header, first] = rejects.split('\n');
      expect(header).toBe(`letopis_file,letopis_line,letopis_reason,letopis_applied,letopis_import,${columns}`);
      expect(first).toMatch(/,a@x\.org,A,2024-01-01,tea,green,hot$/);
      // A spreadsheet keeps the emptied cells, also over and under them.
      return secondOfMarch(rejects)
        .replace(',green,hot', ',,')
        .replace(/^letopis_file.*$/m, '$&,,');
    };
    expect(await mended(content, { format: 'csv' }, edit)).toEqual({ rejected: 0, rows: ['rows:2#1 A tea', 'rows:3#1 B tea'] });
  });

  it('is rejected again while there is too much, or while its text is malformed, with all of the text', async () => {
    const content = `${columns}\na@x.org,A,2024-01-01,tea,green\nb@x.org,"B" C,2024-01-01,tea\n`;
    const edit = (rejects: string) => rejects.replace(/"b@x.*$/m, 'b@x.org,"B" C,2024-01-01,tea');
    expect(await mended(content, { format: 'csv' }, edit)).toEqual({ rejected: 2, rows: [] });
    const again = read('rows.rejects.csv.rejects.csv');
    expect(again).toMatch(/^rows,2,.*,a@x\.org,A,2024-01-01,tea,green$/m);
    expect(again).toContain('b@x.org,""B"" C,2024-01-01,tea');
  });

  it('of NDJSON holds lines that could not be read as a text, which is read when it is mended', async () => {
    const content = '{"email":"a@x.org"\n["a"]\n{"text":"a"}\n';
    const edit = (rejects: string) =>
      rejects
        .replace('a@x.org\\"', 'a@x.org\\",\\"name\\":\\"A\\",\\"day\\":\\"2024-01-01\\"}')
        .replace('"text":"a"', '"text":"a","email":"b@x.org","name":"B","day":"2024-01-01"');
    expect(await mended(content, { format: 'ndjson' }, edit)).toEqual({ rejected: 1, rows: ['rows:1#1 A', 'rows:3#1 B'] });
    expect(JSON.parse(read('rows.rejects.ndjson.rejects.ndjson'))).toMatchObject({ letopis_file: 'rows', letopis_line: 2, text: '["a"]' });
  });
});

describe('a row one command of which was applied before with other content', () => {
  const conflict: Outcome = { kind: 'rejected', code: 'idempotency-conflict', message: '' };
  const row = `${columns}\na@x.org,A,2024-01-01,tea\n`;
  const mendedRow = `letopis_file,letopis_line,letopis_reason,letopis_applied,${columns}\nrows,2,,register-customer,a@x.org,A,2024-01-01,tea\n`;

  it.each<[what: string, content: string, more: Partial<Mapping>, advice: string]>([
    ['is one of another file of its name', row, {}, 'for this line of a file of this name with other content; rename the file'],
    [
      'has the same columns',
      row,
      { dedupe: ['email', 'day'] },
      'for a row of the same email, day with other content; correct what it recorded',
    ],
    ['was mended', mendedRow, {}, 'for this row with other content; restore the values that it reads'],
    ['was mended, of columns', mendedRow, { dedupe: ['email'] }, 'for this row with other content; restore the values that it reads'],
  ])('is told what to do: it %s', async (_, content, more, advice) => {
    const name = content === mendedRow ? 'mended' : 'rows';
    write(name, content);
    expect((await imported(name, { format: 'csv' }, more, conflict)).rejected).toBe(1);
    expect(read(`${name}.rejects.csv`)).toContain(`register-customer was rejected (idempotency-conflict): it was applied before ${advice}`);
  });
});
