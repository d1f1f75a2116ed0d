import { readModelStoreContract } from '#testing/read-model-store.contract.js';
import { createMemoryReadModels } from './memory-read-models.js';

readModelStoreContract('the memory adapter', async () => {
  const store = createMemoryReadModels();
  return { store, dispose: () => store.close() };
});
