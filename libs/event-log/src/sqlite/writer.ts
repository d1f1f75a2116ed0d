import type Database from 'better-sqlite3';
import { NO_PREVIOUS_HASH } from '../content-hash.js';
import { checkRevision } from '../revision-check.js';
import { commandsOf, type SerializedAppend, type SerializedEvent } from '../serialized-append.js';
import type { CommitBatch, Failed, Outcome } from './protocol.js';
import { createStreamHeads } from './stream-heads.js';
import { createStreamsOfCommands } from './streams-of-commands.js';

export interface Writer {
  /** Each append has an outcome of its own, and what is `done` is on the disk. */
  commit(appends: readonly SerializedAppend[]): CommitBatch;
}

export function createWriter(db: Database.Database): Writer {
  const heads = createStreamHeads(db);
  const commands = createStreamsOfCommands(db);
  const types = new Map<string, number>();
  const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((sql) => db.prepare(sql));
  const lastPosition = db.prepare<[], number | null>('SELECT max(position) FROM events').pluck();
  const insertEvent = db.prepare<[number, number, number, number, string, string]>(
    'INSERT INTO events (position, stream_id, revision, type_id, hash, body) VALUES (?, ?, ?, ?, unhex(?), ?)',
  );
  const typeId = db.prepare<[string], number>('SELECT id FROM types WHERE name = ?').pluck();
  const insertType = db.prepare<[string]>('INSERT INTO types (name) VALUES (?)');
  const hashAt = db.prepare<[number, number], string>('SELECT lower(hex(hash)) FROM events WHERE stream_id = ? AND revision = ?').pluck();
  const positionAt = db.prepare<[number, number], number>('SELECT position FROM events WHERE stream_id = ? AND revision = ?').pluck();
  let head = lastPosition.get() ?? 0;

  function append(wanted: SerializedAppend): Outcome {
    const { stream, events } = wanted;
    const found = heads.find(stream);
    const streamId = found?.id ?? -1;
    const target = checkRevision(wanted, {
      head: found?.revision ?? -1,
      headHash: found?.hash ?? NO_PREVIOUS_HASH,
      hashAt: (revision) => hashAt.get(streamId, revision),
    });
    if (target.kind === 'rejected') return target;
    if (target.kind === 'repeated') return { kind: 'done', revision: target.last, position: positionAt.get(streamId, target.last)! };
    const repeatable = commandsOf(events);
    for (const command of repeatable) if (commands.isElsewhere(command, streamId)) return { kind: 'conflict', command };
    const into = found ?? heads.create(stream);
    for (const command of repeatable) commands.belongs(command, into.id);
    for (const event of events) insert(into.id, ++into.revision, event);
    into.hash = events.at(-1)!.hash;
    return { kind: 'done', revision: into.revision, position: head };
  }

  function insert(streamId: number, revision: number, { type, text, hash }: SerializedEvent): void {
    insertEvent.run(++head, streamId, revision, idOfType(type), hash, text);
  }

  function idOfType(type: string): number {
    let id = types.get(type);
    if (id === undefined) {
      id = typeId.get(type) ?? Number(insertType.run(type).lastInsertRowid);
      types.set(type, id);
    }
    return id;
  }

  /** What each comes to, or what all of them failed with. */
  function inOneTransaction(appends: readonly SerializedAppend[]): Outcome[] | Failed {
    const before = head;
    let committing = false;
    try {
      begin!.run();
      const outcomes = appends.map(append);
      committing = true;
      commit!.run();
      return outcomes;
    } catch (error) {
      // Before the rollback, which may throw: the next batch begins with another attempt at it, and with what is stored.
      heads.forget();
      types.clear();
      head = before;
      if (db.inTransaction) rollback!.run();
      return { kind: committing ? 'unknown' : 'unavailable', reason: reasonOf(error) };
    }
  }

  return {
    commit(appends) {
      const together = inOneTransaction(appends);
      if (Array.isArray(together)) return { outcomes: together, head };
      if (appends.length === 1) return { outcomes: [together], head };
      // One that does not fit must not take the others of its batch with it.
      const outcomes = appends.map((one) => {
        const alone = inOneTransaction([one]);
        if (Array.isArray(alone)) return alone[0]!;
        // Where the batch failed at COMMIT, all of it may have reached the disk already.
        return together.kind === 'unknown' ? { ...alone, kind: together.kind } : alone;
      });
      return { outcomes, head };
    },
  };
}

function reasonOf(error: unknown): string {
  const { code, message } = error as Error & { code?: string };
  const full = code === 'SQLITE_FULL' || code === 'ENOSPC';
  return full ? `the disk is full or the quota is used up (${code})` : `${message} (${code ?? 'no code'})`;
}
