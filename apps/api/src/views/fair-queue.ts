/**
 * Lets so many work at once. Those who wait take turns by key, so one caller with many questions keeps another waiting for one of them at most.
 */
export const createFairQueue = (atOnce: number) => {
  /** The key whose turn is next stands first. */
  const waiting = new Map<string, (() => void)[]>();
  let working = 0;
  const next = (): void => {
    const [turn] = waiting;
    if (turn === undefined || working === atOnce) return;
    const [key, [start, ...others]] = turn;
    waiting.delete(key);
    if (others.length > 0) waiting.set(key, others);
    working++;
    start?.();
  };
  return async <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
    await new Promise<void>((start) => {
      waiting.set(key, [...(waiting.get(key) ?? []), start]);
      next();
    });
    try {
      return await work();
    } finally {
      working--;
      next();
    }
  };
};
