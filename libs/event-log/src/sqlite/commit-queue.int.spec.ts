import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newEvent } from '#testing';
import { AppendUnknown, EventLogUnavailable } from '../event-log.js';
import { serializeAppend } from '../serialized-append.js';
import { openCommitQueue } from './commit-queue.js';
import type { CommitQueue } from './waiting.js';

/** The thread is what the build wrote. */
describe('the queue before the writer of the SQLite event log', () => {
  let folder: string;
  let file: string;
  let queue: CommitQueue;

  const open = () => {
    queue = openCommitQueue(file, {}, () => undefined);
  };
  const append = (stream = 'a') => queue.append(serializeAppend(stream, 'none', [newEvent()], undefined));

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-queue-'));
    file = path.join(folder, 'log.db');
  });
  afterEach(async () => {
    await queue.close();
    rmSync(folder, { recursive: true });
  });

  it('begins another thread after one that ended, and tells what that one ended by', async () => {
    mkdirSync(file);
    open();
    const failed = await Promise.allSettled([append(), append('b')]);
    for (const one of failed) {
      expect(one).toMatchObject({ reason: expect.any(EventLogUnavailable) });
      expect(one).toMatchObject({ reason: { message: expect.stringContaining('is a directory') } });
    }
    await expect(append()).rejects.toThrow('is a directory');
    rmdirSync(file);
    await expect(append('a')).resolves.toMatchObject({ revision: 0 });
    await expect(append('b')).resolves.toMatchObject({ revision: 0 });
  });

  it('does not say of what its thread had that nothing was appended', async () => {
    mkdirSync(file);
    open();
    await expect(append()).rejects.toThrow(AppendUnknown);
    await expect(append()).rejects.toThrow(/unknown whether .* with the same Idempotency-Key or source/);
  });

  it('is closed although its thread ends meanwhile', async () => {
    mkdirSync(file);
    open();
    const failed = expect(append()).rejects.toThrow('is a directory');
    await queue.close();
    await failed;
    await expect(append()).rejects.toThrow('closed');
  });
});
