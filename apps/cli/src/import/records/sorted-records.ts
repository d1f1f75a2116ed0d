import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { PRIVATE_FILE } from '#sqlite';
import { unavailable } from '../../terminal/cli-error.js';
import type { Evaluate, Value } from '../values/expression.js';
import type { GroupWatch } from './group-watch.js';
import { type ImportRecord, type ReadRecord, RowProblem } from './import-record.js';

export interface SortOptions {
  /** The first one decides, the others among rows that have the same. */
  readonly keys: readonly Evaluate[];
  /** Columns that are read of a row later. */
  readonly columns: ReadonlySet<string>;
  /** Sees all records in the order of the file before the first readable one is yielded. */
  readonly watch?: GroupWatch | undefined;
  /** Of a run, which is sorted in memory; 16,000,000 when absent. */
  readonly runCharacters?: number;
  /** Runs that are merged at once; 64 when absent. */
  readonly mostRuns?: number;
  /** Of the runs; that for temporary files when absent. */
  readonly folder?: string;
}

interface Entry {
  readonly keys: readonly Value[];
  /** The record, as JSON. */
  readonly text: string;
}

interface Run {
  readonly handle: FileHandle;
  readonly entries: number;
  readonly folder: string;
}

const RUN_CHARACTERS = 16_000_000;
const MOST_RUNS = 64;

/**
 * By the keys, ties in the order of the file; rows without a key come first, and before them those that cannot be read. What does not fit into memory is sorted in
 * runs, in files that have no name any more when the first byte is written: nothing is left of them, however the process ends.
 */
export async function* sortedRecords(records: AsyncIterable<ReadRecord>, options: SortOptions): AsyncGenerator<ReadRecord> {
  const { keys, columns, watch, runCharacters = RUN_CHARACTERS, mostRuns = MOST_RUNS, folder = tmpdir() } = options;
  const runs: Run[] = [];
  let entries: Entry[] = [];
  let characters = 0;
  try {
    for await (const record of records) {
      if (record.kind === 'unreadable') {
        watch?.unreadable(record.row);
        yield record;
        continue;
      }
      const own = keysOf(record.row, keys);
      watch?.row(record.row, own);
      const entry = { keys: own, text: JSON.stringify(plain(record.row, columns)) };
      entries.push(entry);
      characters += entry.text.length;
      if (characters < runCharacters) continue;
      if (runs.length === mostRuns) {
        const merged = await written(folder, merge(runs.map(entriesOf)));
        await closed(runs);
        runs.push(merged);
      }
      runs.push(await written(folder, entries.sort(byKeys)));
      entries = [];
      characters = 0;
    }
    const sources = [...runs.map(entriesOf), entries.sort(byKeys)];
    for await (const { text } of sources.length === 1 ? entries : merge(sources)) yield revived(JSON.parse(text));
  } finally {
    await closed(runs);
  }
}

function keysOf(row: ImportRecord, keys: readonly Evaluate[]): readonly Value[] {
  return keys.map((key) => {
    try {
      return key(row) ?? '';
    } catch (error) {
      if (error instanceof RowProblem) return '';
      throw error;
    }
  });
}

function byKeys(one: Entry, other: Entry): number {
  for (const [at, value] of one.keys.entries()) {
    const order = compared(value, other.keys[at]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compared(one: Value, other: Value): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [a, b] = [String(one), String(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Plain {
  readonly row: Omit<ImportRecord, 'get' | 'original'>;
  readonly original: Readonly<Record<string, unknown>>;
  /** Only those that the original fields are not. */
  readonly values: Readonly<Record<string, string>>;
}

function plain({ original, get, ...row }: ImportRecord, columns: ReadonlySet<string>): Plain {
  const fields = original();
  const values: Record<string, string> = {};
  for (const column of columns) {
    const value = get(column);
    if (value !== undefined && fields[column] !== value) values[column] = value;
  }
  return { row, original: fields, values };
}

function revived({ row, original, values }: Plain): ReadRecord {
  const get = (column: string) => (Object.hasOwn(values, column) ? values[column] : textOf(original, column));
  return { kind: 'row', row: { ...row, get, original: () => original } };
}

function textOf(fields: Readonly<Record<string, unknown>>, column: string): string | undefined {
  const value = Object.hasOwn(fields, column) ? fields[column] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Of equal entries the one of the first source comes first. */
async function* merge(sources: readonly (AsyncIterable<Entry> | Iterable<Entry>)[]): AsyncGenerator<Entry> {
  const readers = sources.map((source) => (Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()));
  const next = async (reader: (typeof readers)[number]) => {
    const { value, done } = await reader.next();
    return done ? undefined : (value as Entry);
  };
  const heads = await Promise.all(readers.map(next));
  for (;;) {
    let first = -1;
    for (const [at, head] of heads.entries()) if (head && (first < 0 || byKeys(head, heads[first]!) < 0)) first = at;
    if (first < 0) return;
    yield heads[first]!;
    heads[first] = await next(readers[first]!);
  }
}

const BLOCK_CHARACTERS = 1_000_000;

async function written(folder: string, entries: AsyncIterable<Entry> | Iterable<Entry>): Promise<Run> {
  const file = path.join(folder, `letopis-sort-${randomUUID()}`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'wx+', PRIVATE_FILE);
    await rm(file);
    let block = '';
    let count = 0;
    for await (const { keys, text } of entries) {
      count += 1;
      block += `${JSON.stringify(keys)}\n${text}\n`;
      if (block.length < BLOCK_CHARACTERS) continue;
      await handle.writeFile(block);
      block = '';
    }
    await handle.writeFile(block);
    return { handle, entries: count, folder };
  } catch (error) {
    await handle?.close();
    throw noRoom(folder, (error as Error).message);
  }
}

const noRoom = (folder: string, problem: string) =>
  unavailable(`rows cannot be sorted in ${folder} (${problem}); free some space there, or set TMPDIR to another folder`);

async function* entriesOf({ handle, entries, folder }: Run): AsyncGenerator<Entry> {
  let keys: readonly Value[] | undefined;
  let read = 0;
  for await (const line of linesOf(handle)) {
    if (keys) {
      read += 1;
      yield { keys, text: line };
    }
    keys = keys ? undefined : JSON.parse(line);
  }
  if (read !== entries) throw noRoom(folder, `of ${entries} rows written ${read} can be read`);
}

async function* linesOf(handle: FileHandle): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const bytes of handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 256 * 1024 })) {
    const lines = (rest + decoder.write(bytes as Buffer)).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}

async function closed(runs: Run[]): Promise<void> {
  await Promise.all(runs.splice(0).map(({ handle }) => handle.close()));
}
