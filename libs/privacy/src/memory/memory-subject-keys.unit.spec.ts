import { subjectKeysContract } from '#testing/subject-keys.contract.js';
import { newMemoryRows, openMemorySubjectKeys } from './memory-subject-keys.js';

subjectKeysContract('the adapter in memory', async () => {
  const rows = newMemoryRows();
  return { open: (masterKeys) => openMemorySubjectKeys(rows, masterKeys), dispose: async () => undefined };
});
