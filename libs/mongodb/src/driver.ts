import { createRequire } from 'node:module';
import type * as Driver from 'mongodb';

const require = createRequire(import.meta.url);

/** Loaded with the first connection: its 150 modules would keep whoever has nothing in MongoDB waiting at every start. */
export const driver = (): typeof Driver => require('mongodb');
