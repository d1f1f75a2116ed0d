import { randomUUID } from 'node:crypto';
import { type KeptErasure, type KeptOutside, KeptOutsideUnavailable } from '../kept-outside/kept-outside.js';

/** What stores in memory share that stand for one. */
export interface MemoryKeptOutside {
  readonly id: string;
  readonly erasures: Map<string, KeptErasure>;
}

export const newMemoryKeptOutside = (): MemoryKeptOutside => ({ id: randomUUID(), erasures: new Map() });

/** For tests: it forgets with the process. */
export function openMemoryKeptOutside({ id, erasures }: MemoryKeptOutside = newMemoryKeptOutside()): KeptOutside {
  let closed = false;
  const use = () => {
    if (closed) throw new KeptOutsideUnavailable('what is kept outside is in memory, and closed');
  };
  return {
    id,
    async record(recorded) {
      use();
      for (const erasure of recorded) if (!erasures.has(erasure.subject)) erasures.set(erasure.subject, erasure);
    },
    async *erasures() {
      use();
      if (erasures.size > 0) yield [...erasures.values()];
    },
    async close() {
      closed = true;
    },
  };
}
