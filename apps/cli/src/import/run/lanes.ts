/**
 * Work on many customers at once, in the order of the calls for each of them. `run` resolves as soon as there is room for the next, so
 * that whoever reads the file waits for whoever writes.
 */
export function createLanes(most: number) {
  const tails = new Map<string, Promise<unknown>>();
  let running = 0;
  let roomMade: (() => void) | undefined;
  let allDone: (() => void) | undefined;

  async function run(keys: readonly string[], work: () => Promise<void>): Promise<void> {
    while (running >= most) await new Promise<void>((resolve) => (roomMade = resolve));
    running += 1;
    const before = keys.map((key) => tails.get(key)).filter((tail) => tail !== undefined);
    const mine = (before.length > 0 ? Promise.allSettled(before).then(work) : work()).finally(() => {
      for (const key of keys) if (tails.get(key) === mine) tails.delete(key);
      running -= 1;
      roomMade?.();
      if (running === 0) allDone?.();
    });
    for (const key of keys) tails.set(key, mine);
    mine.catch(() => {});
  }

  async function drained(): Promise<void> {
    if (running > 0) await new Promise<void>((resolve) => (allDone = resolve));
  }

  return { run, drained };
}
