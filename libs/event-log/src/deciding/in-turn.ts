/** Emptied when its turn is over: see below. */
interface Turn {
  over: Promise<unknown> | undefined;
}

/** Runs what has the same key one after another, in the order of the calls; what has another key does not wait. */
export function createTurns() {
  // V8 leads from the table of a map that was outgrown to the next one, so one that has grown old keeps all that was ever in those after it
  // until a full collection. What is kept by that is made small.
  const last = new Map<string, Turn>();

  return async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = last.get(key)?.over;
    const mine = before === undefined ? work() : before.then(work, work);
    const turn: Turn = { over: mine };
    last.set(key, turn);
    try {
      return await mine;
    } finally {
      turn.over = undefined;
      if (last.get(key) === turn) last.delete(key);
    }
  };
}
