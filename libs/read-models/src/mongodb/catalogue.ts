import type { Db } from 'mongodb';
import { checkSame, checkSpec, type DocumentsSpec, documentsSpec, indexColumns } from '../collections.js';
import { UnknownCollection } from '../errors.js';
import type { CollectionSpec } from '../read-model-store.js';
import { CATALOGUE, DELETED_SECONDS, fieldPath, type Laid, type LaidMonth, type LaidTotal } from './layout.js';

interface Listed {
  readonly _id: string;
  readonly spec: CollectionSpec;
}

/** What has been declared, remembered; whoever finds nothing makes sure that it is still there. */
export interface Catalogue {
  declare(db: Db, collections: readonly CollectionSpec[]): Promise<void>;
  drop(db: Db, collections: readonly string[]): Promise<void>;
  documents(db: Db, name: string): Promise<DocumentsSpec>;
  totals(db: Db, name: string): Promise<void>;
  /** @throws UnknownCollection when it has been dropped by somebody else meanwhile */
  stillThere(db: Db, name: string): Promise<void>;
}

export function createCatalogue(): Catalogue {
  const known = new Map<string, CollectionSpec>();

  async function specOf(db: Db, name: string): Promise<CollectionSpec | undefined> {
    if (!known.has(name)) {
      const listed = await db.collection<Listed>(CATALOGUE).findOne({ _id: name });
      if (listed) known.set(name, listed.spec);
    }
    return known.get(name);
  }

  return {
    async declare(db, collections) {
      for (const spec of collections) {
        checkSpec(spec);
        const existing = await specOf(db, spec.name);
        if (existing) checkSame(existing, spec);
      }
      for (const spec of collections) {
        if (known.has(spec.name)) continue;
        await makeIndexes(db, spec);
        await db.collection<Listed>(CATALOGUE).replaceOne({ _id: spec.name }, { spec }, { upsert: true });
        known.set(spec.name, spec);
      }
    },

    async drop(db, collections) {
      for (const name of collections) {
        await db.collection<Listed>(CATALOGUE).deleteOne({ _id: name });
        known.delete(name);
        await db.collection(name).drop().catch(unlessMissing);
      }
    },

    documents: async (db, name) => documentsSpec(await specOf(db, name), name),

    async totals(db, name) {
      if ((await specOf(db, name))?.kind !== 'totals') throw new UnknownCollection(name);
    },

    async stillThere(db, name) {
      if (await db.collection<Listed>(CATALOGUE).findOne({ _id: name })) return;
      known.delete(name);
      throw new UnknownCollection(name);
    },
  };
}

/** Some servers give no code with it. */
function unlessMissing(error: Error & { readonly code?: unknown }): void {
  const NAMESPACE_NOT_FOUND = 26;
  if (error.code !== NAMESPACE_NOT_FOUND && !error.message.includes('ns not found')) throw error;
}

async function makeIndexes(db: Db, spec: CollectionSpec): Promise<void> {
  if (spec.kind === 'totals') {
    const ofDays = { key: { series: 1, day: 1, known: 1 } } as const;
    const ofMonths = { key: { seriesOfMonth: 1, month: 1 } } as const;
    await db.collection<LaidTotal | LaidMonth>(spec.name).createIndexes([ofDays, ofMonths]);
    return;
  }
  const own = spec.indexes.map((fields) => ({
    key: Object.fromEntries(indexColumns(fields).map((field) => [fieldPath(field), 1 as const])),
  }));
  await db.collection<Laid>(spec.name).createIndexes([{ key: { gone: 1 }, sparse: true, expireAfterSeconds: DELETED_SECONDS }, ...own]);
}
