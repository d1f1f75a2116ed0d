import type Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { NO_PREVIOUS_HASH } from '../content-hash.js';

export interface StreamHead {
  readonly id: number;
  /** Revision of the last event, −1 for a stream that is just being made. */
  revision: number;
  /** Of that event. */
  hash: string;
}

const NOWHERE = { revision: -1, hash: NO_PREVIOUS_HASH };

/** The writer's memory of where streams end: the index is asked once a stream, not once an append. */
export function createStreamHeads(db: Database.Database) {
  const cache = new LRUCache<string, StreamHead>({ max: 50_000 });
  const idOf = db.prepare<[string], number>('SELECT id FROM streams WHERE name = ?').pluck();
  const lastOf = db.prepare<[number], { revision: number; hash: string }>(
    'SELECT revision, lower(hex(hash)) AS hash FROM events WHERE stream_id = ? ORDER BY revision DESC LIMIT 1',
  );
  const insert = db.prepare<[string]>('INSERT INTO streams (name) VALUES (?)');

  return {
    find(stream: string): StreamHead | undefined {
      const known = cache.get(stream);
      if (known) return known;
      const id = idOf.get(stream);
      if (id === undefined) return undefined;
      const head = { id, ...(lastOf.get(id) ?? NOWHERE) };
      cache.set(stream, head);
      return head;
    },
    create(stream: string): StreamHead {
      const head = { id: Number(insert.run(stream).lastInsertRowid), ...NOWHERE };
      cache.set(stream, head);
      return head;
    },
    /** After a rollback nothing that was remembered can be trusted. */
    forget(): void {
      cache.clear();
    },
  };
}
