import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventLog, openEventLog } from '#event-log';
import { type CommandService, type Fingerprints, foreignKeyName, plainIds, readConfiguration } from '#platform';
import { openMemorySubjectKeys } from '#privacy';
import { chronicleOn, eventRegistry } from '../chronicle/open-chronicle.js';
import { prepareImport } from './import-file.js';
import type { Mapping } from './mapping/mapping.js';
import { formerHash } from './memory/import-hashes.js';
import { type InMemorySink, inMemorySink } from './memory/in-memory-sink.js';
import { fileCheckpoint, type ImportCheckpoint, noCheckpoint } from './run/import-checkpoint.js';
import { emptyTally } from './run/import-tally.js';

const target = { $id: 'customer', of: 'id' };
const mapping: Mapping = {
  system: 'crm',
  source: { format: 'csv' },
  occurredAt: { $date: { $column: 'day' } },
  commands: [
    { command: 'register-customer', once: true, target, body: { kind: 'person', displayName: { $column: 'id' } } },
    { command: 'record-profile', target, body: { attributes: { tier: { $column: 'tier' } } } },
  ],
};
const rows = ['id,day,tier', 'a,2024-01-01,silver', 'b,2024-01-01,gold', 'a,2024-01-02,gold', 'a,2024-01-03,silver'];

/** As they were before imports had numbers. */
const plainHashes: Fingerprints = {
  of(_, canonical) {
    const commandHash = hash('sha256', canonical, 'hex');
    return { commandHash: async () => commandHash, isSameCommand: async (stored) => stored === commandHash };
  },
  key: async () => 'plain',
};

let folder: string;
let log: EventLog;
let before: CommandService;
let sink: InMemorySink;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-former-'));
  log = await openEventLog('memory:', { registry: eventRegistry() });
  before = (
    await chronicleOn(log, {
      configuration: readConfiguration({}),
      fingerprints: plainHashes,
      derivedIds: async () => plainIds,
      keys: openMemorySubjectKeys(),
    })
  ).service;
  const current = await inMemorySink(log);
  // What this code appends in their place has the envelope of today.
  sink = { ...current, imports: { ...current.imports, hasFormerIds: async () => true } };
});
afterEach(async () => {
  await sink.close();
  rmSync(folder, { recursive: true });
});

const importFile = async (
  name: string,
  lines: readonly string[],
  checkpoint: ImportCheckpoint | ((key: Key) => ImportCheckpoint) = noCheckpoint,
  by: Mapping = mapping,
) => {
  const file = path.join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const prepared = await prepareImport(file, by, { dryRun: false, mappingPath: 'm.json', lookups: new Map() });
  const at = typeof checkpoint === 'function' ? checkpoint(prepared) : checkpoint;
  return prepared.run(sink, at, { signal: new AbortController().signal, onProgress: () => {} });
};
type Key = Pick<Awaited<ReturnType<typeof prepareImport>>, 'fingerprint' | 'rejectsPath'>;

/** As imports did before they had numbers: a row is known by its file and line, for ever. */
async function importedBefore(name: string, lines: readonly string[]): Promise<void> {
  for (const [index, line] of lines.slice(1).entries()) {
    const [id = '', day, tier] = line.split(',');
    const targetId = plainIds.ofForeignKey(foreignKeyName(['crm', 'customer', id]));
    const occurredAt = `${day}T00:00:00.000Z`;
    const issue = (command: string, sourceId: string, body: object) =>
      before.execute({
        ...{ name: command, targetId, body, occurredAt, keyScope: 'import:crm', remember: false },
        source: { system: 'crm', id: sourceId },
        actor: { kind: 'import', id: 'crm' },
      });
    await issue('register-customer', `once:${targetId}`, { customerId: targetId, kind: 'person', displayName: id }).catch(() => undefined);
    await issue('record-profile', `${name}:${index + 2}#2`, { attributes: { tier } });
  }
}

const tiersOf = async (id: string) =>
  (await sink.domainEvents())
    .filter(
      ({ stream, type }) =>
        stream.endsWith(plainIds.ofForeignKey(foreignKeyName(['crm', 'customer', id]))) && type === 'customer-profile-recorded',
    )
    .map(({ data }) => (data as { attributes: { tier: string } }).attributes.tier);

describe('what was imported before imports had numbers', () => {
  it('appends nothing when it is imported again, whatever others changed meanwhile', async () => {
    await importedBefore('f.csv', rows);
    await importedBefore('others.csv', ['id,day,tier', 'a,2024-01-04,bronze']);
    const former = await sink.domainEvents();
    expect(former.filter(({ type }) => type === 'customer-profile-recorded')).toHaveLength(5);
    expect(await importFile('f.csv', rows)).toMatchObject({ tally: { rows: 4, events: 0, repeated: 6, unchanged: 0, rejected: 0 } });
    expect(await sink.domainEvents()).toEqual(former);
    const all = await sink.events();
    expect(all.slice(former.length).map(({ type }) => type)).toEqual(['import-begun']);
    expect(await importFile('f.csv', rows)).toMatchObject({ tally: { events: 0, repeated: 6, unchanged: 0, rejected: 0 } });
    expect(await sink.events()).toEqual(all);
  });

  it('is completed where not all of it was imported, or with other content', async () => {
    await importedBefore('f.csv', ['id,day,tier', 'a,2024-01-01,silver', 'b,2024-01-01,bronze']);
    expect(await importFile('f.csv', rows)).toMatchObject({ tally: { events: 3, rejected: 0 } });
    expect(await tiersOf('b')).toEqual(['bronze', 'gold']);
    expect(await tiersOf('a')).toEqual(['silver', 'gold', 'silver']);
  });

  it('is known of each file to the first import of that name', async () => {
    const others = ['id,day,tier', 'a,2024-01-01,gold', 'b,2024-01-01,silver'];
    await importedBefore('f.csv', rows);
    await importedBefore('g.csv', others);
    const former = await sink.domainEvents();
    for (const [name, lines] of [
      ['g.csv', others],
      ['f.csv', rows],
    ] as const)
      expect(await importFile(name, lines)).toMatchObject({ tally: { events: 0, unchanged: 0, rejected: 0 } });
    expect(await sink.domainEvents()).toEqual(former);
  });

  it('is known to the first import alone: a later file sets the state again', async () => {
    const day = (tier: string) => ['id,day,tier', `a,2024-01-01,${tier}`];
    await importedBefore('f.csv', day('silver'));
    const undated = { ...mapping, occurredAt: null };
    await importFile('f.csv', day('silver'), noCheckpoint, undated);
    await importFile('f.csv', day('gold'), noCheckpoint, undated);
    await importFile('f.csv', day('silver'), noCheckpoint, undated);
    expect((await tiersOf('a')).at(-1)).toBe('silver');
    expect(await tiersOf('a')).toContain('gold');
  });
});

describe('how far an import came', () => {
  const checkpointOf = (key: Key) => fileCheckpoint(folder, key, formerHash);
  /** As a run left it that was killed after the first row. */
  async function stopped(name: string, number?: number): Promise<void> {
    const key = await prepareImport(path.join(folder, name), mapping, { dryRun: false, mappingPath: 'm.json', lookups: new Map() });
    const { rejectsPath } = key;
    const tally = { ...emptyTally(), rows: 1 };
    await checkpointOf(key).save({ ...(number && { import: number }), rows: 1, rejectsPath, rejectsSize: 0, tally });
  }

  it('counts for the import that it was, and not for the same file as a later import', async () => {
    await importFile('f.csv', rows);
    await stopped('f.csv', 1);
    expect(await importFile('f.csv', rows, checkpointOf)).toMatchObject({ resumedAt: 1, tally: { rows: 4 } });
    await stopped('f.csv', 1);
    await importFile('g.csv', rows.slice(0, 2));
    expect(await importFile('f.csv', rows, checkpointOf)).toMatchObject({ resumedAt: 0, tally: { rows: 4 } });
  });

  it('counts for the first import where it was written before imports had numbers', async () => {
    await importedBefore('f.csv', rows.slice(0, 2));
    writeFileSync(path.join(folder, 'f.csv'), `${rows.join('\n')}\n`);
    await stopped('f.csv');
    expect(await importFile('f.csv', rows, checkpointOf)).toMatchObject({ resumedAt: 1, tally: { rows: 4, rejected: 0 } });
    expect(await tiersOf('a')).toEqual(['silver', 'gold', 'silver']);
    await importFile('g.csv', rows.slice(0, 2));
    await stopped('f.csv');
    expect(await importFile('f.csv', rows, checkpointOf)).toMatchObject({ resumedAt: 0 });
  });
});
