import { setPriority } from 'node:os';

// As for the projector: what it reads at the start keeps no request waiting.
if (process.platform === 'linux') setPriority(10);
await import('./processes/run-processes.js');
