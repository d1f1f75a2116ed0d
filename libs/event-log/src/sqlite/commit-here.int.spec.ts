import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newEvent } from '#testing';
import { EventLogUnavailable, type StreamHead } from '../event-log.js';
import { serializeAppend } from '../serialized-append.js';
import { openCommitsHere } from './commit-here.js';
import { openForReading } from './open-database.js';
import type { CommitQueue } from './waiting.js';

describe('commits of the SQLite event log in the calling thread', () => {
  let folder: string;
  let file: string;
  let queue: CommitQueue;
  let heads: number[];
  let ends: Map<string, StreamHead>;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-here-'));
    file = path.join(folder, 'log.db');
    heads = [];
    ends = new Map();
    queue = openCommitsHere(file, {}, (head) => heads.push(head));
  });
  afterEach(async () => {
    await queue.close();
    rmSync(folder, { recursive: true });
  });

  const append = (stream: string, text = '') => {
    const serialized = serializeAppend(stream, ends.get(stream) ?? 'none', [newEvent({ data: { text } })], undefined);
    ends.set(stream, { revision: serialized.after + 1, hash: serialized.events[0]!.hash });
    return queue.append(serialized);
  };
  const stored = () => {
    const db = openForReading(file);
    try {
      return db.prepare<[], number>('SELECT count(*) FROM events').pluck().get();
    } finally {
      db.close();
    }
  };

  it('makes one batch of the few that a turn brings', async () => {
    const answers = await Promise.all(['a', 'b', 'a'].map((stream) => append(stream)));
    expect(answers.map(({ revision }) => revision)).toEqual([0, 0, 1]);
    expect(heads).toEqual([3]);
  });

  it('makes several batches of many, and answers each caller what became of his', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => append(`s-${n % 7}`)));
    expect(answers.map(({ revision }) => revision)).toEqual(Array.from({ length: 200 }, (_, n) => Math.floor(n / 7)));
    expect(new Set(answers.map(({ position }) => position)).size).toBe(200);
    expect(heads.length).toBeGreaterThan(1);
    expect(heads.at(-1)).toBe(200);
  });

  it('has on the disk what it answered, and rejects the wrong revision for itself alone', async () => {
    const wrong = queue.append(serializeAppend('a', { revision: 7, hash: 'a'.repeat(64) }, [newEvent()], undefined));
    const settled = await Promise.allSettled([append('a'), wrong, append('a')]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(stored()).toBe(2);
  });

  it('writes what waits when it is closed, and rejects afterwards', async () => {
    const waiting = append('a');
    await queue.close();
    await expect(waiting).resolves.toMatchObject({ revision: 0 });
    await expect(append('a')).rejects.toThrow('closed');
    expect(stored()).toBe(1);
  });

  it('says why nothing was appended where the disk is full, and goes on when there is room', async () => {
    await queue.close();
    const pages = 12;
    queue = openCommitsHere(file, { maxPages: pages }, () => undefined);
    await expect(append('a', 'x'.repeat(100_000))).rejects.toThrow(/nothing of this command was appended: the disk is full/);
    await expect(append('b')).resolves.toMatchObject({ revision: 0 });
  });

  it('cannot be opened on what is no log', () => {
    renameSync(file, path.join(folder, 'elsewhere'));
    expect(() => openCommitsHere(folder, {}, () => undefined)).toThrow(EventLogUnavailable);
  });
});
