import { ReadModelsUnavailable } from './errors.js';
import { createMemoryReadModels } from './memory/memory-read-models.js';
import type { ReadModelStore } from './read-model-store.js';
import { openSqliteReadModels, type SqliteReadModelsOptions } from './sqlite/sqlite-read-models.js';

/**
 * `memory:` or `sqlite:<path>`.
 * @throws ReadModelsUnavailable
 */
export function openReadModels(url: string, options: SqliteReadModelsOptions = {}): ReadModelStore {
  if (url === 'memory:') return createMemoryReadModels();
  const file = /^sqlite:(.+)$/.exec(url)?.[1];
  if (file === undefined) throw new ReadModelsUnavailable('read models are at memory: or sqlite:<path>');
  return openSqliteReadModels(file.replace(/^\/\/(?=\/)/, ''), options);
}
