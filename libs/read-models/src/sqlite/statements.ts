import type Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import type { Scalar } from '../read-model-store.js';

export type Statement = Database.Statement<Scalar[], unknown[]>;

/** Prepared once and kept; rows come as arrays. */
export function createStatements(db: Database.Database): { of(text: string): Statement; forget(): void } {
  const kept = new LRUCache<string, Statement>({ max: 500 });
  return {
    of(text) {
      const known = kept.get(text);
      if (known) return known;
      const statement = db.prepare<Scalar[], unknown[]>(text);
      const prepared = statement.reader ? statement.raw() : statement;
      kept.set(text, prepared);
      return prepared;
    },
    forget: () => kept.clear(),
  };
}
