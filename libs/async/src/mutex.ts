type Exclusively = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Runs what has the same key one after another, in the order of the calls; what has another key does not wait. */
export function createKeyedMutex(): <Result>(key: string, work: () => Promise<Result>) => Promise<Result> {
  const tails = new Map<string, Promise<unknown>>();
  return async <Result>(key: string, work: () => Promise<Result>) => {
    const before = tails.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    tails.set(key, mine);
    try {
      return await mine;
    } finally {
      if (tails.get(key) === mine) tails.delete(key);
    }
  };
}

/** So many pieces of work at a time, begun in the order of asking. */
export function createSemaphore(permits: number): Exclusively {
  let free = permits;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Whoever is next takes over the permit, so that nobody who comes now is before him.
      if (next) next();
      else free += 1;
    }
  };
}

/** One piece of work at a time, in the order of asking. */
export function createMutex(): Exclusively {
  const exclusively = createKeyedMutex();
  return (work) => exclusively('', work);
}
