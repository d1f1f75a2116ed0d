import type Database from 'better-sqlite3';
import { checkSame, checkSpec, type DocumentsSpec, documentsSpec } from '../collections.js';
import { UnknownCollection } from '../errors.js';
import type { CollectionSpec } from '../read-model-store.js';
import { createHeapSql, createSql, dropSql, dropZerosSql, fillMonthsSql, finishHeapSql } from './sql.js';

/** Which collections there are. Another process may declare and drop them at any time. */
export interface Catalogue {
  documents(name: string): DocumentsSpec;
  totals(name: string): string;
  declare(specs: readonly CollectionSpec[]): void;
  drop(names: readonly string[]): void;
  /**
   * Until it is finished, a collection of documents is a heap; one that another connection has made a heap stays as it is. Totals, which come
   * in order, stay what they are, but sums of zero are kept among them, and those by month wait for the end. @throws when documents are not empty
   */
  beginBulkLoad(name: string): void;
  /** Statements that end it, the last of which is to be followed by `finished`. */
  finishing(name: string): readonly string[];
  finished(name: string): void;
  isBulkLoaded(name: string): boolean;
  forget(): void;
}

export function createCatalogue(db: Database.Database): Catalogue {
  const known = new Map<string, CollectionSpec>();
  const bulkLoaded = new Set<string>();
  const select = db.prepare<[string], string>('SELECT spec FROM _collections WHERE name = ?').pluck();
  const insert = db.prepare<[string, string]>('INSERT INTO _collections (name, spec) VALUES (?, ?)');
  const remove = db.prepare<[string]>('DELETE FROM _collections WHERE name = ?');
  const tableSql = db.prepare<[string], string>("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?").pluck();

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
        bulkLoaded.delete(name);
      }
    },
    beginBulkLoad(name) {
      const spec = find(name);
      if (!spec) throw new UnknownCollection(name);
      const asHeap = spec.kind === 'documents' ? createHeapSql(spec) : undefined;
      if (asHeap !== undefined && tableSql.get(name) !== asHeap) {
        if (db.prepare(`SELECT 1 FROM "${spec.name}" LIMIT 1`).get()) throw new Error(`the collection ${name} is not empty`);
        db.exec(dropSql(name));
        db.exec(asHeap);
      }
      bulkLoaded.add(name);
    },
    finishing(name) {
      if (!bulkLoaded.has(name)) return [];
      const spec = find(name);
      return spec?.kind === 'totals' ? [dropZerosSql(name), fillMonthsSql(name)] : finishHeapSql(documentsSpec(spec, name));
    },
    finished: (name) => void bulkLoaded.delete(name),
    isBulkLoaded: (name) => bulkLoaded.has(name),
    forget: () => known.clear(),
  };
}
