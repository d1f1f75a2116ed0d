import { keptOutsideContract } from '#testing/kept-outside.contract.js';
import { newMemoryKeptOutside, openMemoryKeptOutside } from './memory-kept-outside.js';

keptOutsideContract('the adapter in memory', async () => {
  const kept = newMemoryKeptOutside();
  return { open: async () => openMemoryKeptOutside(kept), dispose: async () => undefined };
});
