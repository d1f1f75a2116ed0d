import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';

const MAGIC = Buffer.from('ESDBTST1');
const FRAME_HEADER = 8;
const LENGTH = 4;

/** One event in the file. Its offset is its position: commit and prepare position at once, as on a real server. */
export interface Entry {
  readonly position: number;
  readonly bytes: Buffer;
}

/**
 * An append-only file of events. An append is one frame with a checksum, so it is there as a whole or not at all; a frame that a kill
 * cut off is removed when the file is opened. Appends that come while the disk is busy share the next write and `fdatasync`.
 * Everything is held in memory too, so a file has at most 2 GB.
 */
export interface EventFile {
  /** What was found when the file was opened, in order. */
  readonly found: readonly Entry[];
  /** Where the next event will be, `ahead` bytes of events of the same append before it. */
  nextPosition(ahead: readonly Buffer[]): number;
  /** Resolves when the events are on disk; appends are written in the order of the calls. */
  append(events: readonly Buffer[]): Promise<void>;
  /** After the appends that were accepted are on disk. */
  close(): Promise<void>;
}

/** @param synced whether an append waits for the disk; without it what was answered survives the end of the process, not of the machine. */
export async function openEventFile(file: string, synced = true): Promise<EventFile> {
  const found = load(file);
  const handle = await open(file, 'a');
  let end = (await handle.stat()).size;
  let waiting: { readonly frame: Buffer; readonly done: () => void }[] = [];
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    // What else comes in this turn of the event loop goes along.
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await handle.appendFile(Buffer.concat(batch.map(({ frame }) => frame)));
      if (synced) await handle.datasync();
      for (const { done } of batch) done();
    }
    writing = undefined;
  }

  return {
    found,
    nextPosition: (ahead) => end + FRAME_HEADER + ahead.reduce((sum, { length }) => sum + LENGTH + length, 0),
    append(events) {
      const frame = frameOf(events);
      end += frame.length;
      const durable = new Promise<void>((resolve) => waiting.push({ frame, done: resolve }));
      writing ??= write();
      return durable;
    },
    async close() {
      await writing;
      await handle.close();
    },
  };
}

function frameOf(events: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(events.flatMap((event) => [uint32(event.length), event]));
  return Buffer.concat([uint32(payload.length), uint32(crc32(payload)), payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(LENGTH);
  bytes.writeUInt32LE(value);
  return bytes;
}

function load(file: string): readonly Entry[] {
  mkdirSync(path.dirname(file), { recursive: true });
  const bytes = readOrCreate(file);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error(`${file} is not a file of the EventStoreDB test server.`);
  const found: Entry[] = [];
  let offset = MAGIC.length;
  for (;;) {
    const start = offset + FRAME_HEADER;
    if (start > bytes.length) break;
    const payload = bytes.subarray(start, start + bytes.readUInt32LE(offset));
    if (payload.length < bytes.readUInt32LE(offset) || crc32(payload) !== bytes.readUInt32LE(offset + LENGTH)) break;
    for (let at = 0; at < payload.length; ) {
      const length = payload.readUInt32LE(at);
      found.push({ position: start + at, bytes: payload.subarray(at + LENGTH, at + LENGTH + length) });
      at += LENGTH + length;
    }
    offset = start + payload.length;
  }
  if (offset < bytes.length) truncateSync(file, offset);
  return found;
}

function readOrCreate(file: string): Buffer {
  try {
    const bytes = readFileSync(file);
    // A kill between the creation and the first bytes leaves an empty file.
    if (bytes.length >= MAGIC.length) return bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  writeFileSync(file, MAGIC, { flush: true });
  return MAGIC;
}
