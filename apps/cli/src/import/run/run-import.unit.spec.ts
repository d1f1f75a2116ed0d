import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { plainIds } from '#platform';
import type { CommandSink } from '../../sink/command-sink.js';
import { ownForeignKeyIds } from '../../sink/foreign-key-ids.js';
import { CliError } from '../../terminal/cli-error.js';
import { summarize, summaryLines } from '../import-session.js';
import { inMemorySink } from '../memory/in-memory-sink.js';
import { type Imports, openImports } from '../memory/open-imports.js';
import type { ImportRecord, ReadRecord } from '../records/import-record.js';
import { unreadable } from '../records/row.js';
import type { PlannedCommand } from '../row-commands.js';
import type { ImportCheckpoint, ImportProgress } from './import-checkpoint.js';
import type { RejectsFile } from './rejects-file.js';
import { type ImportRun, runImport } from './run-import.js';

afterEach(() => {
  jest.restoreAllMocks();
});

/** A rejects file on a disk that is full at the first attempt. */
function fullAtFirst() {
  const lines: number[] = [];
  let attempts = 0;
  const file: RejectsFile = {
    size: 0,
    async write(rejects) {
      if (rejects.length > 0 && ++attempts === 1) throw new CliError('the disk is full');
      lines.push(...rejects.map(({ line }) => line));
    },
    close: async () => {},
  };
  return { lines, file };
}

function remembered(): ImportCheckpoint {
  let progress: ImportProgress | undefined;
  return {
    load: async () => progress,
    save: async (saved) => {
      progress = saved;
    },
    clear: async () => {
      progress = undefined;
    },
  };
}

async function* badRows(): AsyncGenerator<ReadRecord> {
  for (let line = 1; line <= 4; line++) yield unreadable('f.csv', line, 'is no row', {});
}

const importRows = async (rejects: RejectsFile, checkpoint: ImportCheckpoint, more: Partial<ImportRun> = {}) =>
  runImport({
    imports: await openImports((await inMemorySink()).imports, importedFile),
    records: badRows(),
    commandsOf: () => [],
    sink: sinkOf(async () => ({ kind: 'unchanged' })),
    checkpoint,
    rejectsPath: 'f.rejects.csv',
    openRejects: async () => rejects,
    signal: new AbortController().signal,
    inFlight: 4,
    onProgress: () => {},
    ...more,
  });

const importedFile = { importId: '0'.repeat(32), system: 's', name: 'f.csv', sha256: 'a'.repeat(64) };

const sinkOf = (execute: CommandSink['execute']): CommandSink => ({
  problemOf: () => undefined,
  execute,
  imports: undefined as never,
  foreignKeyIds: ownForeignKeyIds(plainIds),
  close: async () => {},
});

async function* goodRows(): AsyncGenerator<ReadRecord> {
  for (let line = 1; line <= 4; line++) yield { kind: 'row', row: { file: 'f.csv', line, get: () => '', original: () => ({}) } };
}

const oneCommand = ({ line }: ImportRecord): readonly PlannedCommand[] => [
  { name: 'add-note', target: 'c', body: {}, index: 1, source: { system: 's', id: `f.csv:${line}#1` }, once: false, tolerate: new Set() },
];

describe('an import whose rejects file cannot be written', () => {
  it('does not pass the rows that are missing from it, even where there is room again a moment later', async () => {
    // Every row finds that it is time to write down how far the import came.
    let now = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => (now += 60_000));
    const { lines, file } = fullAtFirst();
    const checkpoint = remembered();
    const imports = await openImports((await inMemorySink()).imports, importedFile);
    await imports.begin(await imports.importOf({ file: 'f.csv', line: 1 }));
    expect(await importRows(file, checkpoint, { imports })).toMatchObject({ failure: { error: new CliError('the disk is full') } });
    await importRows(file, checkpoint, { imports });
    expect(lines).toEqual([1, 2, 3, 4]);
  });
});

describe('rejects of an import that has not begun', () => {
  beforeEach(() => {
    let now = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => (now += 60_000));
  });

  const FIRST = 'the first import';

  /** The references that each write gave, as they were then. */
  function references() {
    const writes: (readonly string[])[] = [];
    const file: RejectsFile = {
      size: 0,
      write: async (rejects) =>
        void (
          rejects.length > 0 &&
          writes.push(rejects.map(({ line, of }) => `${line} ${of.reference.replace(/^1-0{8}-[0-9a-f]{12}$/, FIRST)}`))
        ),
      close: async () => {},
    };
    return { writes, file };
  }
  async function* rows(bad: number, good: number): AsyncGenerator<ReadRecord> {
    for (let line = 1; line <= bad; line++) yield unreadable('f.csv', line, 'is no row', {});
    for (let line = bad + 1; line <= bad + good; line++)
      yield { kind: 'row', row: { file: 'f.csv', line, get: () => '', original: () => ({}) } };
  }

  it('wait for its name', async () => {
    const { writes, file } = references();
    await importRows(file, remembered(), { records: rows(2, 2), commandsOf: oneCommand });
    expect(writes).toEqual([[`1 ${FIRST}`, `2 ${FIRST}`]]);
  });

  it('are written at its end where it never does, and again by the next run where it was interrupted', async () => {
    const { writes, file } = references();
    const checkpoint = remembered();
    const abort = new AbortController();
    const onProgress = (row: number) => row === 2 && abort.abort();
    const records = rows(3, 0);
    expect(await importRows(file, checkpoint, { records, signal: abort.signal, onProgress })).toMatchObject({ interrupted: true });
    expect(await importRows(file, checkpoint, { records: rows(3, 1), commandsOf: oneCommand })).toMatchObject({ resumedAt: 0 });
    expect(writes).toEqual([
      ['1 none', '2 none'],
      [`1 ${FIRST}`, `2 ${FIRST}`, `3 ${FIRST}`],
    ]);
  });

  it('let it begin where they are too many to wait', async () => {
    const { writes, file } = references();
    await importRows(file, remembered(), { records: rows(10_002, 0) });
    expect(writes.map((lines) => lines.length)).toEqual([10_001, 1]);
    expect(writes.flat().every((line) => line.endsWith(` ${FIRST}`))).toBe(true);
  });
});

describe('an import whose engine gives way', () => {
  const failingAt = (line: number) =>
    sinkOf(async ({ source }) => {
      if (source.id === `f.csv:${line}#1`) throw new CliError('disk I/O error');
      return { kind: 'applied', events: 2 };
    });
  const importUntil = (line: number) =>
    importRows(fullAtFirst().file, remembered(), { records: goodRows(), commandsOf: oneCommand, sink: failingAt(line) });

  it('ends with what was appended until then, and with the reason', async () => {
    const outcome = await importUntil(3);
    expect(outcome).toMatchObject({ tally: { rows: 2, events: 4 }, failure: { error: new CliError('disk I/O error') } });
    const summary = summarize('f.csv', false, 'r.csv', outcome, 1_000);
    expect(summary.brokenOff).toBe(true);
    expect(summaryLines(summary).join('\n')).toMatch(/4 events appended.*stopped there; appended events stay/s);
  });

  it('ends when another import overtakes it, also where it remembers nothing', async () => {
    let now = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => (now += 60_000));
    const { imports: log } = await inMemorySink();
    const imports = await openImports(log, importedFile);
    const issued: string[] = [];
    const outcome = await importRows(fullAtFirst().file, remembered(), {
      imports,
      records: goodRows(),
      commandsOf: oneCommand,
      inFlight: 1,
      sink: sinkOf(async ({ source }) => {
        issued.push(source.id);
        if (issued.length === 2) {
          const newer = await openImports(log, { ...importedFile, sha256: 'b'.repeat(64) });
          await newer.begin(await newer.importOf({ file: 'g.csv', line: 2 }));
        }
        return { kind: 'applied', events: 1 };
      }),
    });
    expect(outcome.failure?.error).toMatchObject({ message: expect.stringContaining('import 2 of this mapping started'), exit: 3 });
    expect(issued.length).toBeLessThan(4);
  });

  /** The newer one begins while the last rows are under way, all of one customer. */
  async function overtakenAtTheEnd(looked: (imports: Imports) => { readonly imports: Imports; readonly waited: Promise<unknown> }) {
    const { imports: log } = await inMemorySink();
    const { imports, waited } = looked(await openImports(log, importedFile));
    const issued: string[] = [];
    const outcome = await importRows(fullAtFirst().file, remembered(), {
      imports,
      records: goodRows(),
      commandsOf: oneCommand,
      sink: sinkOf(async ({ source }) => {
        issued.push(source.id);
        if (issued.length === 1) {
          const newer = await openImports(log, { ...importedFile, sha256: 'b'.repeat(64) });
          await newer.begin(await newer.importOf({ file: 'g.csv', line: 2 }));
          await waited;
        }
        return { kind: 'applied', events: 1 };
      }),
    });
    expect(outcome.failure?.error).toMatchObject({ message: expect.stringContaining('import 2 of this mapping started'), exit: 3 });
    return issued.length;
  }

  it('ends so also when it is overtaken after it read the last row', async () => {
    expect(await overtakenAtTheEnd((imports) => ({ imports, waited: Promise.resolve() }))).toBe(4);
  });

  it('looks also while it waits for the last rows, and issues no more of them', async () => {
    const issued = await overtakenAtTheEnd((imports) => {
      const looked = Promise.withResolvers<void>();
      const assertLast = () => imports.assertLast().finally(() => setImmediate(looked.resolve));
      return { imports: { ...imports, number: imports.number, assertLast }, waited: looked.promise };
    });
    expect(issued).toBe(1);
  });

  it('has nothing but the reason to tell where no row was settled', async () => {
    await expect(importUntil(1)).rejects.toThrow('disk I/O error');
  });
});
