import type Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';

export interface StreamHead {
  readonly id: number;
  /** Revision of the last event, −1 for a stream that is just being made. */
  revision: number;
}

/** The writer's memory of where streams end: the index is asked once a stream, not once an append. */
export function createStreamHeads(db: Database.Database) {
  const cache = new LRUCache<string, StreamHead>({ max: 50_000 });
  const idOf = db.prepare<[string], number>('SELECT id FROM streams WHERE name = ?').pluck();
  const revisionOf = db.prepare<[number], number | null>('SELECT max(revision) FROM events WHERE stream_id = ?').pluck();
  const insert = db.prepare<[string]>('INSERT INTO streams (name) VALUES (?)');

  return {
    find(stream: string): StreamHead | undefined {
      const known = cache.get(stream);
      if (known) return known;
      const id = idOf.get(stream);
      if (id === undefined) return undefined;
      const head = { id, revision: revisionOf.get(id) ?? -1 };
      cache.set(stream, head);
      return head;
    },
    create(stream: string): StreamHead {
      const head = { id: Number(insert.run(stream).lastInsertRowid), revision: -1 };
      cache.set(stream, head);
      return head;
    },
    /** After a rollback nothing that was remembered can be trusted. */
    forget(): void {
      cache.clear();
    },
  };
}
