import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { prepareImport } from './import-file.js';
import { summarize, summaryLines } from './import-session.js';
import { inMemorySink } from './memory/in-memory-sink.js';
import { noCheckpoint } from './run/import-checkpoint.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-lookups-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string | Buffer) => {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
};

/** The one value that a mapping takes from a lookup file of these bytes. */
async function lookedUp(content: Buffer, encoding: { source?: string; lookup?: string }) {
  write('teams.csv', content);
  const mapping = {
    system: 'shop',
    source: { format: 'csv', ...(encoding.source && { encoding: encoding.source }) },
    lookups: { teams: { file: 'teams.csv', key: 'agent', ...(encoding.lookup && { encoding: encoding.lookup }) } },
    commands: [
      {
        command: 'register-customer',
        target: 'x',
        body: { $lookup: 'teams', key: { $column: 'agent' }, column: 'region', missing: 'reject' },
      },
    ],
  } as const;
  const options = { dryRun: false, mappingPath: path.join(folder, 'm.json'), lookups: new Map() };
  const prepared = await prepareImport(write('deals.csv', 'agent\nAnn\n'), mapping, options);
  return prepared.mapping.commands[0]?.body({ file: 'deals.csv', line: 2, get: () => 'Ann', original: () => ({}) });
}

describe('a lookup file', () => {
  // Юг in windows-1251 and in UTF-8.
  const south = Buffer.from('agent,region\nAnn,\u00de\u00e3\n', 'latin1');
  const southInUtf8 = Buffer.from('agent,region\nAnn,Юг\n');

  it('is in the encoding of the source, or in its own', async () => {
    expect(await lookedUp(south, { source: 'windows-1251' })).toBe('Юг');
    expect(await lookedUp(south, { lookup: 'windows-1251' })).toBe('Юг');
    expect(await lookedUp(southInUtf8, { source: 'windows-1251', lookup: 'utf-8' })).toBe('Юг');
  });

  it('in another encoding is rejected, by its line', async () => {
    await expect(lookedUp(south, {})).rejects.toThrow(/teams\.csv line 2 has bytes that are not UTF-8.*name its encoding in the mapping/);
  });

  it('that lacks keys is counted in the summary, with the first lines', async () => {
    write('teams.csv', 'agent,region\nAnn,\nBob,West\n');
    const region = { $lookup: 'teams', key: { $column: 'agent' }, column: 'region' };
    const mapping = {
      system: 'shop',
      source: { format: 'csv', missing: ['-'] },
      lookups: { teams: { file: 'teams.csv', key: 'agent' } },
      commands: [{ command: 'register-customer', target: { $id: 'c', of: 'id' }, body: { kind: 'person', segment: region } }],
    } as const;
    const file = write('deals.csv', 'id,agent\n1,Ann\n2,Zoe\n3,Bob\n4,-\n5,Max\n');
    const prepared = await prepareImport(file, mapping, { dryRun: false, mappingPath: 'm.json', lookups: new Map() });
    const sink = await inMemorySink();
    const outcome = await prepared.run(sink, noCheckpoint, { signal: new AbortController().signal, onProgress: () => {} });
    await sink.close();
    expect(outcome).toMatchObject({ tally: { rows: 5, rejected: 0, notFound: 2 }, notFoundAt: [3, 6] });
    expect(summaryLines(summarize('deals.csv', false, 'r.csv', outcome, 1_000))).toContainEqual(
      expect.stringContaining('2 lookups found no row for the key, first at line 3, 6'),
    );
  });
});
