import { setPriority } from 'node:os';

// Requests come first: on Linux a priority holds for the calling thread alone. Behind a burst the views catch up in larger batches, and
// at the start what serves requests is loaded before what this thread runs.
if (process.platform === 'linux') setPriority(10);
await import('./projecting/run-projector.js');
