import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ImportLog, RememberingEvent } from '../../sink/import-log.js';
import type { MendedRow } from '../records/import-record.js';
import { type PlannedCommand, stateIdentity } from '../row-commands.js';
import { importIdOf } from './import-identity.js';
import { inMemorySink } from './in-memory-sink.js';
import { type Imports, openImports } from './open-imports.js';
import type { RowImport } from './row-import.js';

const importId = importIdOf({ system: 'shop' });
const file = (bytes: string, name = 'f.csv') => ({ importId, system: 'shop', name, sha256: bytes.repeat(64) });
const row = { file: 'f.csv', line: 2, get: () => '', original: () => ({}) };
const mendedRow = (of = '', name = 'f.csv', line = 2) => ({ ...row, file: name, line, mended: { import: of } });

let log: ImportLog;
beforeEach(async () => {
  log = (await inMemorySink()).imports;
});

const begin = async (bytes: string, name?: string) => {
  const imports = await openImports(log, file(bytes, name));
  return { imports, of: await imports.importOf(row) };
};
const numberOf = async (imports: Imports, of: ReturnType<typeof mendedRow>) => (await imports.importOf(of)).number;

async function eventsOf(id = importId): Promise<readonly RememberingEvent[]> {
  const events: RememberingEvent[] = [];
  for await (const event of log.readBackwards('import', id)) events.unshift(event);
  return events;
}

describe('the import that a file is', () => {
  it('is the last one where the bytes are the same, whatever the name, and a new one otherwise', async () => {
    const numbers = [];
    for (const bytes of ['a', 'a', 'b', 'b', 'a']) numbers.push((await begin(bytes)).of.number);
    numbers.push((await begin('a', 'renamed.csv')).of.number);
    expect(numbers).toEqual([1, 1, 2, 2, 3, 3]);
    expect((await eventsOf()).map(({ data }) => data)).toMatchObject([{ number: 1, first: true }, { number: 2 }, { number: 3 }]);
  });

  it('is another one under another mapping, and for other inputs', async () => {
    await begin('a');
    const imports = await openImports(log, { ...file('a'), inputs: 'c'.repeat(64) });
    expect((await imports.importOf(row)).number).toBe(2);
    const otherMapping = await openImports(log, { ...file('a'), importId: importIdOf({ system: 'shop', note: 'x' }) });
    expect((await otherMapping.importOf(row)).number).toBe(1);
  });

  it('begins with its first row: a file without rows leaves no trace', async () => {
    await openImports(log, file('a'));
    expect(await eventsOf()).toEqual([]);
  });

  it('does not hold the name of the file', async () => {
    await begin('a', 'anna@example.com.csv');
    expect(JSON.stringify(await eventsOf())).not.toContain('anna');
  });

  it('is rejected with the number of the other where two begin at once', async () => {
    for (const bytes of [
      ['a', 'b'],
      ['c', 'c'],
    ] as const) {
      const [one, other] = await Promise.all(bytes.map((of) => openImports(log, file(of))));
      const { number } = await one!.importOf(row);
      await expect(other!.importOf(row)).rejects.toThrow(`another import under this mapping began meanwhile, as number ${number};`);
    }
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

  it('belongs to the last import of a file of its name, where it does not say to which', async () => {
    await begin('a');
    await begin('b');
    await begin('c', 'other.csv');
    const mended = await openImports(log, file('d', 'f.csv.rejects.csv'));
    expect(await numberOf(mended, mendedRow())).toBe(2);
    expect(await numberOf(mended, mendedRow('', 'other.csv'))).toBe(3);
  });

  it('of another mapping, or of a file that no import is known of, begins one, and comes again as the same', async () => {
    const other = await openImports(log, { ...file('a'), importId: importIdOf({ system: 'shop', note: 'x' }) });
    const { reference } = await other.importOf(row);
    await begin('a');
    for (let run = 1; run <= 2; run++) {
      const mended = await openImports(log, file('d', 'unknown.csv.rejects.csv'));
      expect(await numberOf(mended, mendedRow(reference, 'unknown.csv'))).toBe(2);
    }
    // It is not the last import of a whole file.
    expect((await begin('a')).of.number).toBe(1);
  });
});

describe('what an import remembers', () => {
  const command = (imported: RowImport, line: number, tier = 'silver', mended?: MendedRow): PlannedCommand => ({
    name: 'record-profile',
    target: 'c1',
    body: { attributes: { tier } },
    once: false,
    tolerate: new Set(),
    ...stateIdentity('shop', imported, { row: { line, ...(mended && { mended }) }, index: 1, known: undefined }),
  });
  const adding = (id: string, stage = 'lead'): PlannedCommand => ({
    name: 'enter-stage',
    target: 'c1',
    body: { dealId: 'd', stage },
    once: id.startsWith('once'),
    tolerate: new Set(),
    source: { system: 'shop', id },
  });
  const remember = async ({ memory }: Imports, ...commands: readonly PlannedCommand[]) => {
    const durable = Promise.all(commands.map(memory.remember));
    memory.flush();
    await durable;
  };

  it('is known to its next run, and not to the import of another file', async () => {
    const { imports, of } = await begin('a');
    await remember(imports, command(of, 2), command(of, 3), command(of, 5));
    expect((await eventsOf()).at(-1)?.data).toEqual({ number: 1, rows: '1:2-3 1:5-5' });
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
    const kept = imports.memory.keepContents([command(of, 2)]);
    imports.memory.flush();
    await kept;
    const mended = await openImports(log, file('c', 'f.csv.rejects.csv'));
    const found = await mended.importOf(mendedRow(of.reference));
    const recalled = (line: number, tier: string) => mended.memory.recall(command(found, line, tier, { import: of.reference }));
    expect([recalled(2, 'silver'), recalled(2, 'gold'), recalled(4, 'silver')]).toEqual(['unchanged', 'otherwise', 'new']);
    // It was not rejected there, so it is another row.
    expect(recalled(3, 'silver')).toBe('otherwise');
    const before = await eventsOf();
    await mended.memory.keepContents([command(found, 2)]);
    expect(await eventsOf()).toEqual(before);
  });

  it('is not remembered by two runs at once: the one that comes second ends', async () => {
    const { imports, of } = await begin('a');
    const second = await openImports(log, file('a'));
    await remember(imports, command(of, 2));
    await expect(remember(second, command(of, 2))).rejects.toThrow('another import under this mapping is going on at the same time');
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
