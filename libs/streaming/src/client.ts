import { createRequire } from 'node:module';
import type * as Client from 'kafkajs';

const require = createRequire(import.meta.url);

/** Loaded when it is wanted: its 140 modules would keep whoever has no Kafka waiting at every start. */
export const client = (): typeof Client => require('kafkajs');
