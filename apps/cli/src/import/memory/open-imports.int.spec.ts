import { beforeEach, describe, expect, it } from '@jest/globals';
import { openEventLog } from '#event-log';
import { plainCommandIdOf } from '#platform';
import { formatContents } from '#relationship';
import { newEvent } from '#testing/new-event.js';
import { eventRegistry } from '../../chronicle/open-chronicle.js';
import type { ImportLog, RememberingEvent } from '../../sink/import-log.js';
import { exitCode } from '../../terminal/exit-code.js';
import type { MendedRow } from '../records/import-record.js';
import { type PlannedCommand, stateIdentity } from '../row-commands.js';
import { formerHash, hashUnder } from './import-hashes.js';
import { importIdOf, importSourceIdOf, nameHashOf } from './import-identity.js';
import { inMemorySink } from './in-memory-sink.js';
import { contentHashOf, idHashOf } from './known-commands.js';
import { type ImportedFile, type Imports, openImports } from './open-imports.js';
import { type RowImport, slotOf } from './row-import.js';

const importId = importIdOf({ system: 'shop' });
const otherMapping = importIdOf({ system: 'shop', note: 'x' });
const file = (bytes: string, name = 'f.csv') => ({ importId, system: 'shop', name, sha256: bytes.repeat(64) });
const row = { file: 'f.csv', line: 2, get: () => '', original: () => ({}) };
const mendedRow = (of = '', name = 'f.csv', line = 2) => ({ ...row, file: name, line, mended: { import: of } });

let log: ImportLog;
beforeEach(async () => {
  log = (await inMemorySink()).imports;
});

/** As the first row with a command does. */
const begun = async (imports: Imports, of: ReturnType<typeof mendedRow> | typeof row = row): Promise<RowImport> => {
  const found = await imports.importOf(of);
  await imports.begin(found);
  return found;
};
const begin = async (bytes: string, more: Partial<ImportedFile> = {}) => {
  const imports = await openImports(log, { ...file(bytes), ...more });
  return { imports, of: await begun(imports) };
};
const numberOf = async (imports: Imports, of: ReturnType<typeof mendedRow>) => (await begun(imports, of)).number;

async function eventsOf(id = importId): Promise<readonly RememberingEvent[]> {
  const events: RememberingEvent[] = [];
  for await (const event of log.readBackwards('import', id)) events.unshift(event);
  return events;
}

describe('the import that a file is', () => {
  it('is the last one where the bytes are the same, whatever the name, and a new one otherwise', async () => {
    const numbers = [];
    for (const bytes of ['a', 'a', 'b', 'b', 'a']) numbers.push((await begin(bytes)).of.number);
    numbers.push((await begin('a', { name: 'renamed.csv' })).of.number);
    expect(numbers).toEqual([1, 1, 2, 2, 3, 3]);
    expect((await eventsOf()).map(({ data }) => data)).toMatchObject([{ number: 1 }, { number: 2 }, { number: 3 }]);
  });

  it('is another one under another mapping, and for other inputs', async () => {
    await begin('a');
    expect((await begin('a', { inputs: 'c'.repeat(64) })).of.number).toBe(2);
    expect((await begin('a', { importId: otherMapping })).of.number).toBe(1);
  });

  it('begins with its first command: a file of which no row has one leaves no trace, and is not the last one', async () => {
    const { imports, of } = await begin('a');
    const idle = await openImports(log, file('b'));
    expect(await idle.importOf(row)).toMatchObject({ number: 2, reference: 'none' });
    expect(await eventsOf()).toHaveLength(1);
    expect((await begin('a')).of.number).toBe(1);
    expect(imports.begin(of)).toBeUndefined();
  });

  it('is named by its number, its mapping and the beginning of the hash of its bytes, once it has begun', async () => {
    const imports = await openImports(log, file('a'));
    const of = await imports.importOf(row);
    expect(of.reference).toBe('none');
    await imports.begin(of);
    const fileHash = hashUnder(await log.hashKey(importSourceIdOf('shop')))('a'.repeat(64)).slice(0, 12);
    expect(of.reference).toBe(`1-${importId.slice(0, 8)}-${fileHash}`);
    const { of: looked } = await begin('a', { inputs: 'c'.repeat(64) });
    expect(looked.reference).toMatch(new RegExp(`^2-[0-9a-f]{8}-(?!${fileHash})[0-9a-f]{12}$`));
  });

  it('is named by nothing in a rehearsal, unless it had begun before', async () => {
    expect((await begin('a', { rehearsal: true })).of.reference).toBe('none');
    log = (await inMemorySink()).imports;
    const { of } = await begin('a');
    expect((await begin('a', { rehearsal: true })).of.reference).toBe(of.reference);
  });

  it('does not hold the name of the file', async () => {
    await begin('a', { name: 'anna@example.com.csv' });
    expect(JSON.stringify(await eventsOf())).not.toContain('anna');
  });

  it('is rejected with the number of the other where two begin at once', async () => {
    for (const bytes of [
      ['a', 'b'],
      ['c', 'c'],
    ] as const) {
      const [one, other] = await Promise.all(bytes.map((of) => openImports(log, file(of))));
      const { number } = await begun(one!);
      await expect(begun(other!)).rejects.toThrow(`another import of this mapping started in the meantime, as number ${number};`);
    }
  });
});

describe('an import that is overtaken by a newer one under its mapping', () => {
  it('ends with the number of that one when it is about to remember something, and when it looks', async () => {
    const { imports, of } = await begin('a');
    const { imports: looking } = await begin('a');
    const idle = await openImports(log, file('c'));
    await begin('b');
    const said = {
      message: expect.stringContaining('import 2 of this mapping started while this one, number 1, was running'),
      exit: exitCode.unavailable,
    };
    await expect(remember(imports, stateCommand(of, 2))).rejects.toMatchObject(said);
    await expect(looking.assertLast()).rejects.toMatchObject(said);
    await idle.assertLast();
    expect((await eventsOf()).map(({ type }) => type)).toEqual(['import-begun', 'import-begun']);
  });

  it('is not one that only goes on itself', async () => {
    const { imports, of } = await begin('a');
    await imports.assertLast();
    await remember(imports, stateCommand(of, 2));
    await imports.assertLast();
  });
});

describe('runs of the same import at once, through a server', () => {
  const adding: PlannedCommand = {
    ...{ name: 'enter-stage', index: 1, target: 'c1', body: { dealId: 'd', stage: 'lead' }, once: false, tolerate: new Set() },
    source: { system: 'shop', id: 'f.csv:2#1' },
  };
  beforeEach(() => {
    log = { ...log, shared: true };
  });

  it('append nothing before they claim it, which the second cannot', async () => {
    expect((await begin('a')).imports.toClaim()).toBeUndefined();
    const { imports: one } = await begin('a');
    const { imports: other } = await begin('a');
    await Promise.all([one.toClaim()!(), one.toClaim()!()]);
    expect(one.toClaim()).toBeUndefined();
    await expect(other.toClaim()!()).rejects.toThrow('another import of this mapping is running');
    expect((await eventsOf()).map(({ data }) => data)).toMatchObject([{ number: 1, sha256: expect.any(String) }, { number: 1 }]);
  });

  it('have claimed it when they have remembered something', async () => {
    await begin('a');
    const { imports, of } = await begin('a');
    await remember(imports, stateCommand(of, 2));
    expect(imports.toClaim()).toBeUndefined();
  });

  it('end when a later one claims it: they look, and remember nothing more, whether it sets state or adds something', async () => {
    for (const command of [adding, undefined]) {
      const { imports: one, of } = await begin(command ? 'a' : 'b');
      const { imports: later } = await begin(command ? 'a' : 'b');
      await later.toClaim()!();
      await expect(remember(one, command ?? stateCommand(of, 2))).rejects.toThrow('another import of this mapping is running');
      await expect(one.assertLast()).rejects.toThrow('another import of this mapping is running');
    }
  });

  it('cannot be claimed by who has not read that a command that adds something was remembered meanwhile', async () => {
    const { imports: one } = await begin('a');
    const { imports: later } = await begin('a');
    await remember(one, adding);
    await expect(later.toClaim()!()).rejects.toThrow('another import of this mapping is running');
  });

  it('do not happen on a data folder, which has one user', async () => {
    log = { ...log, shared: false };
    await begin('a');
    const { imports } = await begin('a');
    expect(imports.toClaim()).toBeUndefined();
    await remember(imports, adding);
    expect(await eventsOf()).toHaveLength(1);
  });
});

describe('a mended row', () => {
  it('belongs to the import that rejected it', async () => {
    const { of: first } = await begin('a');
    await begin('b');
    const mended = await openImports(log, file('c', 'f.csv.rejects.csv'));
    expect(await numberOf(mended, mendedRow(first.reference))).toBe(1);
    expect(await eventsOf()).toHaveLength(2);
  });

  it.each<[what: string, reference: (right: string) => string, says: string]>([
    ['of the same number in another chronicle, of another file', (right) => right.replace(/.{12}$/, 'b'.repeat(12)), 'of another file'],
    ['that is not known here', (right) => right.replace(/^1/, '7'), 'import 7 of this mapping is unknown here'],
    ['in no form of one', () => '1-0a1b2c3d', 'which is not an import; leave it as it was in the rejects file'],
  ])('is rejected before anything is appended where it names an import %s', async (_, reference, says) => {
    const { of } = await begin('a');
    const mended = await openImports(log, file('c', 'f.csv.rejects.csv'));
    const promise = Promise.resolve(mended.importOf(mendedRow(reference(of.reference))));
    await expect(promise).rejects.toMatchObject({ exit: exitCode.usage, message: expect.stringContaining(says) });
    await expect(promise).rejects.toThrow('the row of f.csv line 2 refers to the import');
    expect(await eventsOf()).toHaveLength(1);
  });

  it('belongs to the last import of a file of its name, where it does not say to which', async () => {
    await begin('a');
    await begin('b');
    await begin('c', { name: 'other.csv' });
    const mended = await openImports(log, file('d', 'f.csv.rejects.csv'));
    expect(await numberOf(mended, mendedRow())).toBe(2);
    expect(await numberOf(mended, mendedRow('', 'other.csv'))).toBe(3);
  });

  it('of a file that no import is known of begins one, and comes again as the same', async () => {
    await begin('a');
    for (let run = 1; run <= 2; run++) {
      const mended = await openImports(log, file('d', 'unknown.csv.rejects.csv'));
      const { number, reference } = await begun(mended, mendedRow('', 'unknown.csv'));
      expect(number).toBe(2);
      expect(await numberOf(await openImports(log, file('e')), mendedRow(reference, 'unknown.csv'))).toBe(2);
    }
    // It is not the last import of a whole file.
    expect((await begin('a')).of.number).toBe(1);
  });

  it('of another mapping, and one of which nothing is recorded, is one of a file of its own', async () => {
    const { of: other } = await begin('a', { importId: otherMapping });
    await begin('a');
    for (const reference of [other.reference, 'none'])
      for (let run = 1; run <= 2; run++) {
        const mended = await openImports(log, file('d', 'f.csv.rejects.csv'));
        expect(await numberOf(mended, mendedRow(reference))).toBe(2);
      }
    const hash = hashUnder(await log.hashKey(importSourceIdOf('shop')));
    const begun = (await eventsOf()).map(({ data }) => (data as { sha256?: string }).sha256);
    expect(begun).toEqual([hash('a'.repeat(64)), hash('d'.repeat(64))]);
  });
});

describe('commands of before imports had numbers', () => {
  const ofBefore = () => {
    log = { ...log, hasFormerIds: async () => true };
  };
  const formerly = async (...files: readonly Partial<ImportedFile>[]) => {
    const found = [];
    for (const [index, more] of files.entries()) found.push((await begin('abcdef'[index]!, more)).of.formerly);
    return found;
  };
  const named = (name: string) => ({ name, knownByName: true });

  it('are looked up by the first import of each file where rows are known by the name of their file', async () => {
    ofBefore();
    expect(await formerly(named('f'), named('g'), named('f'), named('g'), named('h'))).toEqual([true, true, false, false, true]);
    // Also where it continues after a kill.
    expect((await begin('e', named('h'))).of.formerly).toBe(true);
  });

  it('are looked up by the first import under the mapping where they are known by their content', async () => {
    ofBefore();
    expect(await formerly({ name: 'f' }, { name: 'g' })).toEqual([true, false]);
  });

  it('are not looked up in a chronicle that began with numbered imports', async () => {
    await begin('a', { importId: otherMapping });
    expect(await formerly(named('f'), named('g'))).toEqual([false, false]);
  });
});

const stateCommand = (imported: RowImport, line: number, tier = 'silver', mended?: MendedRow): PlannedCommand => ({
  name: 'record-profile',
  index: 1,
  target: 'c1',
  body: { attributes: { tier } },
  once: false,
  tolerate: new Set(),
  ...stateIdentity('shop', imported, { row: { line, ...(mended && { mended }) }, index: 1, known: undefined }),
});
const remember = async ({ memory }: Imports, ...commands: readonly PlannedCommand[]) => {
  const durable = Promise.all(commands.map(memory.remember));
  memory.flush();
  await durable;
};

describe('what an import remembers', () => {
  const command = stateCommand;
  const adding = (id: string, stage = 'lead'): PlannedCommand => ({
    name: 'enter-stage',
    index: 1,
    target: 'c1',
    body: { dealId: 'd', stage },
    once: id.startsWith('once'),
    tolerate: new Set(),
    source: { system: 'shop', id },
  });
  async function reject(imports: Imports, of: RowImport, line: number, ...unchanged: readonly PlannedCommand[]): Promise<void> {
    const durable = imports.memory.reject(slotOf(of, { line }, 2), unchanged, ['c1']);
    imports.memory.flush();
    await durable;
  }

  it('is known to its next run, and not to the import of another file', async () => {
    const { imports, of } = await begin('a');
    await remember(imports, command(of, 2), command(of, 3), command(of, 5));
    expect((await eventsOf()).at(-1)?.data).toEqual({ number: 1, hashes: 'hmac', rows: '1:2-3 1:5-5' });
    const again = await begin('a');
    expect([2, 3, 4, 5].map((line) => again.imports.memory.recall(command(again.of, line)))).toEqual([
      'unchanged',
      'unchanged',
      'new',
      'unchanged',
    ]);
    const other = await begin('b');
    expect(other.imports.memory.recall(command(other.of, 2))).toBe('new');
  });

  it('of commands that add something is known to all imports of the system, with what they said', async () => {
    const { imports } = await begin('a');
    await remember(imports, adding('f.csv:2#1'), adding('once:d1'));
    for (const importOfSystem of [imports, await openImports(log, { ...file('b'), importId: importIdOf({ system: 'shop', other: 1 }) })]) {
      const { recall } = importOfSystem.memory;
      expect(recall(adding('f.csv:2#1'))).toBe('unchanged');
      expect(recall(adding('f.csv:2#1', 'proposal'))).toBe('otherwise');
      // Issued once a target, it has the body of whichever row came first.
      expect(recall(adding('once:d1', 'proposal'))).toBe('unchanged');
      expect(recall(adding('f.csv:3#1'))).toBe('new');
    }
    const elsewhere = await openImports(log, { ...file('a'), system: 'other' });
    expect(elsewhere.memory.recall(adding('f.csv:2#1'))).toBe('new');
  });

  it('of a row that was rejected is known with what it said, for the row may be mended', async () => {
    const { imports, of } = await begin('a');
    await remember(imports, command(of, 2), command(of, 3));
    await reject(imports, of, 2, command(of, 2));
    const mended = await openImports(log, file('c', 'f.csv.rejects.csv'));
    const found = await mended.importOf(mendedRow(of.reference));
    const recalled = (line: number, tier: string) => mended.memory.recall(command(found, line, tier, { import: of.reference, at: 2 }));
    expect([recalled(2, 'silver'), recalled(2, 'gold'), recalled(4, 'silver')]).toEqual(['unchanged', 'otherwise', 'new']);
    // It was not rejected there, so it is another row.
    expect(recalled(3, 'silver')).toBe('otherwise');
    const before = await eventsOf();
    const again = command(found, 2, 'silver', { import: of.reference, at: 2 });
    expect(mended.memory.reject(again.slot!, [again], ['c1'])).toBeUndefined();
    mended.memory.flush();
    expect(await eventsOf()).toEqual(before);
  });

  it('of rows that were rejected is known to its next run, though not of mended ones', async () => {
    const { imports, of } = await begin('a');
    await reject(imports, of, 2);
    await reject(imports, of, 5);
    expect((await eventsOf()).slice(1).map(({ data }) => data)).toEqual([
      { number: 1, hashes: 'hmac', rejected: '2:2-2' },
      { number: 1, hashes: 'hmac', rejected: '2:5-5' },
    ]);
    const { memory } = (await begin('a')).imports;
    const wasRejected = (line: number, mended?: MendedRow) => memory.wasRejected(of, { line, ...(mended && { mended }) });
    expect([wasRejected(2), wasRejected(3), wasRejected(5), wasRejected(2, { import: of.reference, at: 2 })]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect((await begin('b')).imports.memory.wasRejected({ number: 2 }, { line: 2 })).toBe(false);
  });

  it('of records of several lines takes one range, which ends where the last of them ends', async () => {
    const { imports, of } = await begin('a');
    const records = [
      { line: 2, end: 4, after: 1 },
      { line: 5, end: 7, after: 4 },
      { line: 9, end: 9, after: 7 },
    ];
    const commands = records.map((record) => ({ ...command(of, 2), slot: slotOf(of, record, 1) }));
    await remember(imports, commands[1]!, commands[2]!);
    expect((await eventsOf()).at(-1)?.data).toEqual({ number: 1, hashes: 'hmac', rows: '1:5-9' });
    // The first one was not decided, and neither were its inner lines, if they were rows.
    expect([2, 3, 4].map((line) => imports.memory.recall(command(of, line)))).toEqual(['new', 'new', 'new']);
    await remember(imports, commands[0]!);
    expect((await eventsOf()).at(-1)?.data).toEqual({ number: 1, hashes: 'hmac', rows: '1:2-4' });
  });

  it('is not remembered by two runs at once: the one that comes second ends', async () => {
    const { imports, of } = await begin('a');
    const second = await openImports(log, file('a'));
    await remember(imports, command(of, 2));
    await expect(remember(second, command(of, 2))).rejects.toThrow('another import of this mapping is running');
  });

  it('holds no hash that could be made without the key', async () => {
    const { imports, of } = await begin('a');
    await remember(imports, command(of, 2), adding('f.csv:2#1'));
    await reject(imports, of, 2, command(of, 2));
    const ofSystem: RememberingEvent[] = [];
    for await (const event of log.readBackwards('import-source', importSourceIdOf('shop'))) ofSystem.push(event);
    const all = JSON.stringify([await eventsOf(), ofSystem]);
    for (const digits of [64, 32])
      for (const text of ['a'.repeat(64), `${importId} f.csv`]) expect(all).not.toContain(formerHash(text).slice(0, digits));
    expect(all).not.toContain(contentHashOf(formerHash, command(of, 2)).toString('hex'));
    for (const hash of [
      contentHashOf(formerHash, adding('')),
      idHashOf(formerHash, plainCommandIdOf('enter-stage', adding('f.csv:2#1').source)),
    ])
      expect(all).not.toContain(hash.toString('base64'));
    expect(all).toContain('"contents":"1:2=');
    expect(ofSystem).toHaveLength(1);
  });

  it('that was remembered before there was a key is still known', async () => {
    const events = await openEventLog('memory:', { registry: eventRegistry() });
    log = (await inMemorySink(events)).imports;
    const of = {
      importId,
      number: 1,
      file: 'a'.repeat(12),
      formerly: false,
      zone: 'UTC',
      reference: `1-${importId.slice(0, 8)}-${'a'.repeat(12)}`,
    };
    const mended: MendedRow = { import: of.reference, at: 2 };
    const begunBefore = { number: 1, name: nameHashOf(formerHash, importId, 'f.csv'), sha256: 'a'.repeat(64) };
    const contents = formatContents([{ index: 1, row: 2, hash: contentHashOf(formerHash, command(of, 2)).toString('hex') }]);
    await events.append(`import-${importId}`, 'none', [
      newEvent({ type: 'import-begun', data: begunBefore }),
      newEvent({ type: 'import-rows-remembered', data: { number: 1, rows: '1:2-2', rejected: '2:2-2', contents } }),
    ]);
    const added = adding('f.csv:9#1');
    const commands = idHashOf(formerHash, plainCommandIdOf(added.name, added.source)).toString('base64');
    const said = contentHashOf(formerHash, added).toString('base64');
    const ofSystem = `import-source-${importSourceIdOf('shop')}`;
    await events.append(ofSystem, 'none', [newEvent({ type: 'import-commands-remembered', data: { commands, contents: said } })]);

    const { imports, of: found } = await begin('a');
    expect([found.number, found.reference]).toEqual([1, of.reference]);
    expect(await numberOf(await openImports(log, file('b', 'f.csv.rejects.csv')), mendedRow())).toBe(1);
    const { recall } = imports.memory;
    expect([recall(command(found, 2, 'silver', mended)), recall(command(found, 2, 'gold', mended))]).toEqual(['unchanged', 'otherwise']);
    expect([recall(added), recall(adding('f.csv:9#1', 'proposal')), recall(adding('f.csv:8#1'))]).toEqual([
      'unchanged',
      'otherwise',
      'new',
    ]);
    await remember(imports, adding('f.csv:10#1'));
    const again = await openImports(log, file('a'));
    expect([again.memory.recall(added), again.memory.recall(adding('f.csv:10#1', 'won'))]).toEqual(['unchanged', 'otherwise']);
  });

  it('of a hundred thousand neighbouring rows takes ten events', async () => {
    const { imports, of } = await begin('a');
    const lines = Array.from({ length: 100_000 }, (_, index) => index + 2);
    await remember(imports, ...lines.map((line) => command(of, line)));
    const remembered = (await eventsOf()).filter(({ type }) => type === 'import-rows-remembered');
    expect(remembered.map(({ data }) => (data as { rows: string }).rows)).toEqual(
      Array.from({ length: 10 }, (_, block) => `1:${block * 10_000 + 2}-${block * 10_000 + 10_001}`),
    );
  });
});
