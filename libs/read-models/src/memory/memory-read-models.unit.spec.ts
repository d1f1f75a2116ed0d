import { readModelStoreContract } from '#testing/read-model-store.contract.js';
import { createMemoryReadModels } from './memory-read-models.js';

const open = async () => {
  const store = createMemoryReadModels();
  return { store, dispose: () => store.close() };
};
readModelStoreContract('the memory adapter', open, { lacks: ['bulk-load', 'beside', 'holding'] });
