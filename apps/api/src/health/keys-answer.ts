import type { ApiKeyStore } from '#platform';

/**
 * Asks for a key that nobody has.
 * @throws KeyStoreUnavailable
 */
export const keysAnswer = async (keys: Pick<ApiKeyStore, 'find'>): Promise<void> => {
  await keys.find('');
};
