/** Too many of one key wait already. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

/**
 * Lets so many work at once, and so many of each key wait. Those who wait take turns by key, so one caller with many questions keeps another waiting for one of them at most.
 */
export const createFairQueue = (atOnce: number, mostWaiting: number) => {
  /** The key whose turn is next stands first. */
  const waiting = new Map<string, (() => void)[]>();
  let working = 0;
  const next = (): void => {
    const [turn] = waiting;
    if (turn === undefined || working === atOnce) return;
    const [key, starts] = turn;
    const start = starts.shift();
    waiting.delete(key);
    if (starts.length > 0) waiting.set(key, starts);
    working++;
    start?.();
  };
  return async <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
    const before = waiting.get(key) ?? [];
    if (before.length >= mostWaiting) throw new QueueFull();
    await new Promise<void>((start) => {
      before.push(start);
      waiting.set(key, before);
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
