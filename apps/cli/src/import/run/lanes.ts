/**
 * Work on many customers at once, in the order of the calls for each of them. `run` resolves as soon as there is room for the next, so
 * that whoever reads the file waits for whoever writes.
 */
export interface Lanes {
  run(keys: readonly string[], work: LaneWork): Promise<void>;
  drained(): Promise<void>;
}

/**
 * `parked` waits for something that may be a while: the work does not count as running meanwhile. When the work has resolved, the next of
 * its keys begins after what it resolved with.
 */
export type LaneWork = (parked: <Result>(wait: Promise<Result>) => Promise<Result>) => Promise<Afterwards>;

/** In an object, because a promise of a promise is one. */
export interface Afterwards {
  readonly settled?: Promise<void> | undefined;
}

export interface LaneLimits {
  /** Running at once. */
  readonly running: number;
  /** Begun and not resolved, those that are parked or wait for their turn included. */
  readonly begun: number;
}

/** `onStuck` is called when nothing runs, something is parked or waits for its turn, and nothing more is let in. */
export function createLanes(limits: LaneLimits, onStuck: () => void): Lanes {
  const tails = new Map<string, Promise<unknown>>();
  let running = 0;
  let begun = 0;
  /** Resolved work whose keys are still held included. */
  let held = 0;
  let roomMade: (() => void) | undefined;
  let allDone: (() => void) | undefined;

  const changed = () => {
    if (running < limits.running && begun < limits.begun) roomMade?.();
    if (held === 0) allDone?.();
    else if (running === 0 && (roomMade || allDone)) onStuck();
  };

  async function parked<Result>(wait: Promise<Result>): Promise<Result> {
    running -= 1;
    changed();
    try {
      return await wait;
    } finally {
      running += 1;
    }
  }

  async function work(before: readonly Promise<unknown>[], doIt: LaneWork): Promise<void> {
    let after: Afterwards = {};
    try {
      if (before.length > 0) await parked(Promise.allSettled(before));
      after = await doIt(parked);
    } finally {
      running -= 1;
      begun -= 1;
      changed();
    }
    await after.settled;
  }

  async function run(keys: readonly string[], doIt: LaneWork): Promise<void> {
    while (running >= limits.running || begun >= limits.begun) {
      const room = new Promise<void>((resolve) => (roomMade = resolve));
      changed();
      await room;
      roomMade = undefined;
    }
    running += 1;
    begun += 1;
    held += 1;
    const before = keys.map((key) => tails.get(key)).filter((tail) => tail !== undefined);
    const mine = work(before, doIt).finally(() => {
      for (const key of keys) if (tails.get(key) === mine) tails.delete(key);
      held -= 1;
      changed();
    });
    for (const key of keys) tails.set(key, mine);
    mine.catch(() => {});
  }

  async function drained(): Promise<void> {
    if (held === 0) return;
    const done = new Promise<void>((resolve) => (allDone = resolve));
    changed();
    await done;
  }

  return { run, drained };
}
