import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RowCommand } from '../sink/command-sink.js';
import { prepareImport } from './import-file.js';
import type { Mapping, SourceFormat } from './mapping/mapping.js';
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
      body: { kind: 'person', displayName: { $column: 'name' }, item: { $column: 'item' } },
    },
  ],
});

/** Imports a file into nothing. Answers what became of its rows. */
async function imported(name: string, source: SourceFormat) {
  const issued: RowCommand[] = [];
  const prepared = await prepareImport(path.join(folder, name), mapping(source), {
    dryRun: false,
    mappingPath: 'm.json',
    lookups: new Map(),
  });
  const { tally } = await prepared.run(
    {
      problemOf: () => undefined,
      execute: async (command) => {
        issued.push(command);
        return { kind: 'applied', events: 1 };
      },
      finish: async () => {},
      close: async () => {},
    },
    noCheckpoint,
    { signal: new AbortController().signal, onProgress: () => {} },
  );
  return {
    rejected: tally.rejected,
    rows: issued.map(({ source: { id }, body }) => [id, ...Object.values(body).slice(1, 3)].join(' ')),
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
});
