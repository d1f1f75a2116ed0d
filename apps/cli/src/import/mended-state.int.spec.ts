import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { prepareImport } from './import-file.js';
import type { Mapping } from './mapping/mapping.js';
import { formerHash } from './memory/import-hashes.js';
import { type InMemorySink, inMemorySink } from './memory/in-memory-sink.js';
import { fileCheckpoint, noCheckpoint } from './run/import-checkpoint.js';

const target = { $id: 'customer', of: 'id' };
/** The name is known from the registration: correcting it changes nothing, so it is remembered before the deal is rejected. */
const mapping: Mapping = {
  system: 'crm',
  source: { format: 'csv' },
  dedupe: ['id'],
  commands: [
    { command: 'register-customer', once: true, target, body: { kind: 'person', displayName: { $column: 'name' } } },
    { command: 'correct-details', target, body: { field: 'displayName', to: { $column: 'name' } } },
    { command: 'record-profile', target, body: { attributes: { tier: { $column: 'tier' } } } },
    { command: 'open-deal', target, body: { dealId: { $row: 'deal' }, stage: { $column: 'stage' } } },
  ],
};
const header = 'id,name,tier,stage';
const others: Mapping = { ...mapping, description: 'What somebody else says.', commands: mapping.commands.slice(0, 2) };

let folder: string;
let sink: InMemorySink;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-mended-state-'));
  sink = await inMemorySink();
});
afterEach(async () => {
  await sink.close();
  rmSync(folder, { recursive: true });
});

const REJECTS = 'f.csv.rejects.csv';
const write = (name: string, content: string) => writeFileSync(path.join(folder, name), content);
async function importFile(name: string, content: string, by: Mapping = mapping) {
  const file = path.join(folder, name);
  write(name, content);
  const prepared = await prepareImport(file, by, { dryRun: false, mappingPath: 'm.json', lookups: new Map() });
  const { tally } = await prepared.run(sink, noCheckpoint, { signal: new AbortController().signal, onProgress: () => {} });
  return tally;
}
const rejects = (name = REJECTS) => readFileSync(path.join(folder, name), 'utf8');
const mended = (text: string) => text.replace('nowhere', 'lead');
/** As a rejects file was before imports had numbers. */
const withoutImport = (text: string) => text.replace(',letopis_import', '').replace(/,[0-9]+-[0-9a-f-]{21},/, ',');
const types = async () => (await sink.domainEvents()).map(({ type }) => type);

/** A row whose last command is rejected; afterwards somebody else calls the customer otherwise. */
async function rejectedRow(): Promise<string> {
  expect(await importFile('f.csv', `${header}\na,Anna,silver,nowhere\n`)).toMatchObject({
    rejected: 1,
    partly: 1,
    unchanged: 1,
    events: 2,
  });
  expect(rejects()).toMatch(/^f\.csv,2,.*,register-customer record-profile,1-[0-9a-f]{8}-[0-9a-f]{12},a,Anna,silver,nowhere$/m);
  await importFile('other.csv', `${header}\na,Zoe,,\n`, others);
  return rejects();
}

describe('a mended row with commands that set state', () => {
  it.each([
    ['says which import rejected it', (text: string) => text],
    ['belongs to the last import of its file where it does not say so', withoutImport],
  ])('issues what is missing alone: it %s', async (_, edit) => {
    const text = edit(await rejectedRow());
    const before = await types();
    expect(await importFile(REJECTS, mended(text))).toMatchObject({ rows: 1, rejected: 0, events: 1, repeated: 3, unchanged: 0 });
    expect(await types()).toEqual([...before, 'deal-opened']);
    const all = await sink.events();
    expect(await importFile(REJECTS, mended(text))).toMatchObject({ rows: 1, rejected: 0, events: 0, unchanged: 0 });
    expect(await sink.events()).toEqual(all);
  });

  it('is rejected where it says something else than what was applied, or remembered', async () => {
    const text = mended(await rejectedRow());
    const before = await types();
    for (const edited of [text.replace('silver', 'gold'), text.replace('Anna', 'Anne')]) {
      expect(await importFile(REJECTS, edited)).toMatchObject({ rejected: 1, events: 0 });
      expect(rejects(`${REJECTS}.rejects.csv`)).toContain('restore the values that it reads');
    }
    expect(await types()).toEqual(before);
  });

  it('belongs to its import also when a later file of that name was imported', async () => {
    const text = mended(await rejectedRow());
    expect(await importFile('f.csv', `${header}\nb,Bo,gold,lead\n`)).toMatchObject({ rejected: 0 });
    expect(await importFile(REJECTS, text)).toMatchObject({ rejected: 0, events: 1, repeated: 3 });
    // Without its import it would be another row of that file.
    expect(await importFile(REJECTS, withoutImport(text))).toMatchObject({ rejected: 1, events: 0 });
  });

  it('of a file of its own is known by its line there, for a rejects file may hold rows of several files', async () => {
    const ofTwoFiles = [
      `letopis_file,letopis_line,letopis_reason,letopis_applied,letopis_import,${header}`,
      'f.csv,2,,,none,a,Anna,silver,lead',
      'g.csv,2,,,1-00000000-ffffffffffff-7,b,Bo,gold,nowhere\n',
    ].join('\n');
    expect(await importFile(REJECTS, ofTwoFiles)).toMatchObject({ rows: 2, rejected: 1, partly: 1, events: 5 });
    const again = `${REJECTS}.rejects.csv`;
    const text = rejects(again);
    expect(text).toMatch(/^g\.csv,2,.*,register-customer record-profile,1-[0-9a-f]{8}-[0-9a-f]{12}-3,b,Bo,gold,nowhere$/m);
    expect(await importFile(again, mended(text))).toMatchObject({ rows: 1, rejected: 0, events: 1, repeated: 3, unchanged: 0 });
    expect(await importFile(REJECTS, ofTwoFiles)).toMatchObject({ rejected: 1, events: 0, unchanged: 0 });
  });

  it('of a mapping that was mended too is one of a new file, and is rejected under that', async () => {
    const text = await rejectedRow();
    const changed: Mapping = {
      ...mapping,
      commands: [...mapping.commands.slice(0, 3), { ...mapping.commands[3]!, body: { dealId: { $row: 'deal' }, stage: 'nowhere' } }],
    };
    expect(await importFile(REJECTS, text, changed)).toMatchObject({ rejected: 1 });
    const again = rejects(`${REJECTS}.rejects.csv`);
    expect(again).toMatch(/^f\.csv,2,/m);
    const importOf = (rows: string) => rows.split('\n')[1]?.match(/1-[0-9a-f]{8}-[0-9a-f]{12}/)?.[0];
    expect([importOf(text), importOf(again)]).toEqual([expect.any(String), expect.any(String)]);
    expect(importOf(again)).not.toBe(importOf(text));
  });
});

describe('a row whose lookup changed', () => {
  const tier = { $lookup: 'tiers', key: { $column: 'id' }, column: 'tier' };
  const looked: Mapping = {
    ...mapping,
    lookups: { tiers: { file: 'tiers.csv', key: 'id' } },
    commands: [mapping.commands[0]!, { command: 'record-profile', target, body: { attributes: { tier } } }],
  };
  it('sets the state again, for the lookup is part of what was imported', async () => {
    for (const [tier, events] of [
      ['silver', 2],
      ['gold', 1],
      ['gold', 0],
      ['silver', 1],
    ] as const) {
      write('tiers.csv', `id,tier\na,${tier}\n`);
      expect(await importFile('f.csv', `${header}\na,Anna,,\n`, looked)).toMatchObject({ rejected: 0, events });
    }
  });

  it('is not passed by an import that was interrupted before the lookup was put right', async () => {
    const when = { value: tier, notEmpty: true };
    const known = { ...looked, commands: looked.commands.map((command) => ({ ...command, when })) };
    write('f.csv', `${header}\na,Anna,,\nb,Bo,,\nc,Cy,,\n`);
    const run = async (lookup: string, abortAt: number) => {
      write('tiers.csv', lookup);
      const prepared = await prepareImport(path.join(folder, 'f.csv'), known, { dryRun: false, mappingPath: 'm.json', lookups: new Map() });
      const abort = new AbortController();
      const onProgress = (rows: number) => rows === abortAt && abort.abort();
      return prepared.run(sink, fileCheckpoint(folder, prepared, formerHash), { signal: abort.signal, onProgress });
    };
    expect(await run('id,tier\nz,gold\n', 2)).toMatchObject({ interrupted: true, tally: { rows: 2, idle: 2 } });
    expect(await run('id,tier\na,gold\nb,gold\nc,gold\n', 1)).toMatchObject({
      resumedAt: 0,
      interrupted: true,
      tally: { rows: 1, events: 2 },
    });
    // The same lookup again goes on where it was.
    expect(await run('id,tier\na,gold\nb,gold\nc,gold\n', 0)).toMatchObject({ resumedAt: 1, tally: { rows: 3, events: 6 } });
  });
});
