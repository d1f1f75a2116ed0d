import { createHmac } from 'node:crypto';
import type { SubjectKeyStore } from '#privacy';

/** What the secret is kept under; never changed. */
const SECRET = 'secret-import-hashes';

/**
 * The key, 64 hex digits, under which the imports of a system hash what they remember of files and commands: a plain hash of a birth date is
 * found by trying all days. It is derived from a secret of the installation, which the first import makes.
 * @param importSourceId id of the stream of these imports
 * @throws SubjectKeysUnavailable, MasterKeyMissing, WrappedKeyDamaged
 */
export const importHashKey = async (keys: Pick<SubjectKeyStore, 'ensure'>, importSourceId: string): Promise<string> => {
  const found = (await keys.ensure([SECRET])).get(SECRET);
  if (found?.kind !== 'key') throw found !== undefined && 'error' in found ? found.error : new Error(`${SECRET} was erased`);
  return createHmac('sha256', found.key.key).update(importSourceId).digest('hex');
};
