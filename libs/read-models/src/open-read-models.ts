import { ReadModelsUnavailable } from './errors.js';
import { createMemoryReadModels } from './memory/memory-read-models.js';
import { openMongoReadModels } from './mongodb/mongo-read-models.js';
import type { ReadModelStore } from './read-model-store.js';
import { openSqliteReadModels, type SqliteReadModelsOptions } from './sqlite/sqlite-read-models.js';

/**
 * `memory:`, `sqlite:<path>` or `mongodb://host:port/database`.
 * @throws ReadModelsUnavailable
 */
export function openReadModels(url: string, options: SqliteReadModelsOptions = {}): ReadModelStore {
  if (url === 'memory:') return createMemoryReadModels();
  if (/^mongodb(\+srv)?:/.test(url)) return openMongoReadModels(url, options);
  const file = /^sqlite:(.+)$/.exec(url)?.[1];
  if (file === undefined)
    throw new ReadModelsUnavailable('unsupported read models: use memory:, sqlite:<path> or mongodb://host:port/database');
  return openSqliteReadModels(file.replace(/^\/\/(?=\/)/, ''), options);
}
