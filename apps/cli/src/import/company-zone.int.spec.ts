import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommandSink, RowCommand } from '../sink/command-sink.js';
import { prepareImport } from './import-file.js';
import { inMemorySink } from './memory/in-memory-sink.js';
import { noCheckpoint } from './run/import-checkpoint.js';

let folder: string;
let sink: CommandSink;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-zone-'));
  sink = await inMemorySink();
});
afterEach(async () => {
  await sink.close();
  rmSync(folder, { recursive: true });
});

const mapping = (date: object) =>
  ({
    system: 'shop',
    source: { format: 'csv' },
    occurredAt: { $date: { $column: 'day' }, ...date },
    commands: [
      {
        command: 'register-customer',
        target: { $id: 'c', of: 'id' },
        body: { kind: { $column: 'kind' } },
      },
    ],
  }) as const;

/** Imports a file with these rows. Answers when each of them occurred, as it was sent, and what became of them. */
async function imported(name: string, content: string | undefined, date: object = {}) {
  const file = path.join(folder, name);
  if (content !== undefined) writeFileSync(file, content);
  const sent: RowCommand[] = [];
  const prepared = await prepareImport(file, mapping(date), { dryRun: false, mappingPath: 'm.json', lookups: new Map() });
  const watched: CommandSink = {
    ...sink,
    execute(command) {
      sent.push(command);
      return sink.execute(command);
    },
  };
  const { tally } = await prepared.run(watched, noCheckpoint, { signal: new AbortController().signal, onProgress: () => {} });
  return { at: sent.map(({ occurredAt }) => occurredAt), events: tally.events, rejected: tally.rejected, rejects: prepared.rejectsPath };
}

let published = 0;
const publish = async (zone: string) => {
  const source = { system: 'test', id: `zone-${published++}` };
  expect(await sink.execute({ name: 'publish-policy', target: 'company', body: { document: { zone } }, source })).toMatchObject({
    kind: 'applied',
  });
};

describe('times that name no zone', () => {
  it('are in UTC, in the zone of the company once it has one, and in that of the mapping if it names one', async () => {
    expect((await imported('a.csv', 'id,kind,day\n1,person,2026-01-15 10:00\n')).at).toEqual(['2026-01-15T10:00:00.000Z']);
    await publish('Europe/Berlin');
    const rows = 'id,kind,day\n2,person,2026-01-15 10:00\n3,person,2026-07-15\n4,person,2026-07-15T10:00Z\n';
    expect((await imported('b.csv', rows)).at).toEqual([
      '2026-01-15T09:00:00.000Z',
      '2026-07-14T22:00:00.000Z',
      '2026-07-15T10:00:00.000Z',
    ]);
    const inRome = await imported('c.csv', 'id,kind,day\n5,person,2026-01-15 10:00\n', { zone: 'Asia/Kolkata' });
    expect(inRome.at).toEqual(['2026-01-15T04:30:00.000Z']);
  });

  it('are in the same zone when the same file is imported again, though the company has another by then', async () => {
    const rows = 'id,kind,day\n1,person,2026-01-15 10:00\n';
    expect(await imported('a.csv', rows)).toMatchObject({ at: ['2026-01-15T10:00:00.000Z'], events: 1 });
    await publish('Europe/Berlin');
    expect(await imported('a.csv', rows)).toMatchObject({ at: ['2026-01-15T10:00:00.000Z'], events: 0, rejected: 0 });
    const others = 'id,kind,day\n2,person,2026-01-15 10:00\n';
    expect(await imported('b.csv', others)).toMatchObject({ at: ['2026-01-15T09:00:00.000Z'], events: 1 });
    await publish('America/New_York');
    expect(await imported('b.csv', others)).toMatchObject({ at: ['2026-01-15T09:00:00.000Z'], events: 0, rejected: 0 });
    expect((await imported('c.csv', 'id,kind,day\n3,person,2026-01-15 10:00\n')).at).toEqual(['2026-01-15T15:00:00.000Z']);
  });

  it('are in the same zone when another file was imported in between', async () => {
    const [a, b] = ['id,kind,day\n1,person,2026-01-15 10:00\n', 'id,kind,day\n2,person,2026-01-15 10:00\n'];
    await imported('a.csv', a);
    await imported('b.csv', b);
    await publish('Europe/Berlin');
    const again = { at: ['2026-01-15T10:00:00.000Z'], events: 0, rejected: 0 };
    expect(await imported('a.csv', a)).toMatchObject(again);
    expect(await imported('b.csv', b)).toMatchObject(again);
    await publish('America/New_York');
    expect(await imported('a.csv', a)).toMatchObject(again);
    expect((await imported('c.csv', 'id,kind,day\n3,person,2026-01-15 10:00\n')).at).toEqual(['2026-01-15T15:00:00.000Z']);
  });

  it('of a mended row are in the zone of the import that rejected it', async () => {
    await publish('Europe/Berlin');
    const first = await imported('a.csv', 'id,kind,day\n1,person,2026-01-15 10:00\n2,nobody,2026-01-16 10:00\n');
    expect(first.rejected).toBe(1);
    await publish('America/New_York');
    writeFileSync(first.rejects, readFileSync(first.rejects, 'utf8').replace('nobody', 'person'));
    expect(await imported(path.basename(first.rejects), undefined)).toMatchObject({ at: ['2026-01-16T09:00:00.000Z'], events: 1 });
  });
});
