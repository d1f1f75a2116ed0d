import type Database from 'better-sqlite3';
import { checkSame, checkSpec, type DocumentsSpec, documentsSpec } from '../collections.js';
import { UnknownCollection } from '../errors.js';
import type { CollectionSpec } from '../read-model-store.js';
import { createSql, dropSql } from './sql.js';

/** Which collections there are. Another process may declare and drop them at any time. */
export interface Catalogue {
  documents(name: string): DocumentsSpec;
  totals(name: string): string;
  declare(specs: readonly CollectionSpec[]): void;
  drop(names: readonly string[]): void;
  forget(): void;
}

export function createCatalogue(db: Database.Database): Catalogue {
  const known = new Map<string, CollectionSpec>();
  const select = db.prepare<[string], string>('SELECT spec FROM _collections WHERE name = ?').pluck();
  const insert = db.prepare<[string, string]>('INSERT INTO _collections (name, spec) VALUES (?, ?)');
  const remove = db.prepare<[string]>('DELETE FROM _collections WHERE name = ?');

  function find(name: string): CollectionSpec | undefined {
    const spec = known.get(name);
    if (spec) return spec;
    const text = select.get(name);
    if (text === undefined) return undefined;
    const read = JSON.parse(text) as CollectionSpec;
    known.set(name, read);
    return read;
  }

  return {
    documents: (name) => documentsSpec(find(name), name),
    totals(name) {
      if (find(name)?.kind !== 'totals') throw new UnknownCollection(name);
      return name;
    },
    declare(specs) {
      for (const spec of specs) {
        checkSpec(spec);
        const existing = find(spec.name);
        if (existing) {
          checkSame(existing, spec);
          continue;
        }
        db.exec(createSql(spec));
        insert.run(spec.name, JSON.stringify(spec));
      }
    },
    drop(names) {
      for (const name of names) {
        db.exec(dropSql(name));
        remove.run(name);
        known.delete(name);
      }
    },
    forget: () => known.clear(),
  };
}
