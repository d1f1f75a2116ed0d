import { existsSync } from 'node:fs';
import type { ApiKeyStore } from './key-store.js';

/** Opens it for this work alone. @throws KeyStoreUnavailable */
export const withKeyStore = async <Result>(url: string, work: (keys: ApiKeyStore) => Promise<Result>): Promise<Result> => {
  // The driver of MongoDB takes long to load; who decides does not wait for it.
  const { openKeyStore } = await import('./open-key-store.js');
  const keys = openKeyStore(url);
  try {
    return await work(keys);
  } finally {
    await keys.close();
  }
};

/** Opening it would make its file. */
export const isKeyStoreMissing = (url: string): boolean => {
  const file = /^sqlite:(.+)$/.exec(url)?.[1];
  return file !== undefined && !existsSync(file);
};
