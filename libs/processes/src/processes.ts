import { erasure } from './erasure/erasure.js';
import { overdue } from './overdue/overdue.js';
import type { Process } from './process.js';
import { retention } from './retention/retention.js';

/** Every process. What is listed here is run by the API, and named in readiness and metrics. */
// biome-ignore lint/suspicious/noExplicitAny: each keeps a state of its own, which its host alone touches
export const processes: readonly Process<any>[] = [overdue, erasure, retention];
