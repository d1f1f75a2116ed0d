import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inGroups } from '#async';
import { FileLocked, lockFile, PRIVATE_FILE, privateFolder, tighten } from '#sqlite';
import { makeFile, syncFolder } from '../../durable-files.js';
import { type KeptErasure, type KeptOutside, KeptOutsideUnavailable } from '../kept-outside.js';
import { erasureIn, lineOf } from './erasure-lines.js';

const ID = /^[0-9a-f-]{36}$/;
const idFileIn = (folder: string) => path.join(folder, 'id');
const erasuresIn = (folder: string) => path.join(folder, 'erasures');

/** Undefined where there is none. @throws KeptOutsideUnavailable */
export const openFileKeptOutside = (folder: string): Promise<KeptOutside | undefined> =>
  reaching(folder, async () => (existsSync(idFileIn(folder)) ? opened(folder) : undefined));

/** Of several processes one makes it. @throws KeptOutsideUnavailable */
export const createFileKeptOutside = (folder: string): Promise<KeptOutside> =>
  reaching(folder, async () => {
    privateFolder(folder);
    makeFile(idFileIn(folder), `${randomUUID()}\n`);
    syncFolder(folder);
    return opened(folder);
  });

async function opened(folder: string): Promise<KeptOutside> {
  const id = readFileSync(idFileIn(folder), 'utf8').trim();
  if (!ID.test(id)) throw new KeptOutsideUnavailable(`${idFileIn(folder)} must be a UUID`);
  const file = erasuresIn(folder);
  tighten(folder);
  for (const each of [idFileIn(folder), file]) tighten(each);
  let closed = false;
  const use = <Result>(work: () => Promise<Result>): Promise<Result> =>
    reaching(folder, async () => {
      if (closed) throw new KeptOutsideUnavailable(`${folder} is closed`);
      return work();
    });
  // What a process left behind that ended while it wrote is cut off before anybody reads it.
  if (isTorn(file)) await use(() => withFile(file, () => undefined));

  const append = inGroups<readonly KeptErasure[]>((calls) =>
    use(() =>
      withFile(file, (descriptor) => {
        const { size } = fstatSync(descriptor);
        try {
          writeWhole(descriptor, calls.flat().map(lineOf).join(''));
          fsyncSync(descriptor);
        } catch (error) {
          ftruncateSync(descriptor, size);
          throw error;
        }
      }),
    ),
  );

  return {
    id,
    record: (erasures) => append(erasures),
    async *erasures() {
      const all = await use(async () => (existsSync(file) ? erasuresOf(file) : []));
      if (all.length > 0) yield all;
    },
    async close() {
      closed = true;
    },
  };
}

function erasuresOf(file: string): readonly KeptErasure[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const erasures = new Map<string, KeptErasure>();
  // Behind the last line end is nothing, or what another process is writing.
  for (const [index, line] of lines.slice(0, -1).entries()) {
    const erasure = erasureIn(line);
    if (erasure === undefined)
      throw new KeptOutsideUnavailable(
        `line ${index + 1} of ${file} is damaged; restore that line, or move ${path.dirname(file)} away and run \`letopis kept-outside init --reason …\``,
      );
    if (!erasures.has(erasure.subject)) erasures.set(erasure.subject, erasure);
  }
  return [...erasures.values()];
}

const LOCK_MS = 10_000;

/** One process at a time; whoever ended in the middle of a line, that line is cut off. */
async function withFile(file: string, work: (descriptor: number) => void): Promise<void> {
  const lock = await locked(file);
  try {
    const isNew = !existsSync(file);
    const descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, PRIVATE_FILE);
    try {
      if (isNew) syncFolder(path.dirname(file));
      cutTornLine(descriptor);
      work(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } finally {
    lock.release();
  }
}

async function locked(file: string) {
  for (let waited = 0; ; waited += 20) {
    try {
      return lockFile(file);
    } catch (error) {
      if (!(error instanceof FileLocked)) throw error;
      if (waited > LOCK_MS) throw new KeptOutsideUnavailable(`${file} is locked by ${error.message}`);
      await sleep(20);
    }
  }
}

function isTorn(file: string): boolean {
  const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size === 0) return false;
  const descriptor = openSync(file, 'r');
  try {
    const last = Buffer.alloc(1);
    readSync(descriptor, last, 0, 1, size - 1);
    return last.toString() !== '\n';
  } finally {
    closeSync(descriptor);
  }
}

function cutTornLine(descriptor: number): void {
  const { size } = fstatSync(descriptor);
  const tail = Buffer.alloc(Math.min(size, 64 * 1024));
  readSync(descriptor, tail, 0, tail.length, size - tail.length);
  const torn = tail.length - 1 - tail.lastIndexOf('\n');
  if (torn === 0 || tail.length === 0) return;
  ftruncateSync(descriptor, size - torn);
  fsyncSync(descriptor);
}

function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}

async function reaching<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KeptOutsideUnavailable || typeof (error as { code?: unknown }).code !== 'string') throw error;
    throw new KeptOutsideUnavailable(`${folder} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}
