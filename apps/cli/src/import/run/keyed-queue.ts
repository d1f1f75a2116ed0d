/**
 * Work on many customers at once, in the order of the calls for each of them. `run` resolves as soon as there is room for the next, so
 * that whoever reads the file waits for whoever writes.
 */
export interface KeyedQueue {
  run(keys: readonly string[], work: QueueWork): Promise<void>;
  drained(): Promise<void>;
}

/** `parked` waits for something that may be a while: the work does not count as running meanwhile. */
export type QueueWork = (parked: <Result>(wait: Promise<Result>) => Promise<Result>) => Promise<Afterwards>;

/** What `drained` waits for beside, in an object, because a promise of a promise is one. */
export interface Afterwards {
  readonly settled?: Promise<void> | undefined;
}

export interface QueueLimits {
  /** Running at once. */
  readonly running: number;
  /** Begun and not resolved, those that are parked or wait for their turn included. */
  readonly begun: number;
}

/** The last work of a key. */
interface Tail {
  done?: Promise<void>;
}

/** `onStuck` is called when nothing runs, something is parked or waits for its turn, and nothing more is let in. */
export function createKeyedQueue(limits: QueueLimits, onStuck: () => void): KeyedQueue {
  const tails = new Map<string, Tail>();
  let running = 0;
  let begun = 0;
  /** Resolved work that is not settled included. */
  let held = 0;
  let roomMade: (() => void) | undefined;
  let allDone: (() => void) | undefined;

  let looking = false;
  const isStuck = () => held > 0 && running === 0 && (roomMade ?? allDone) !== undefined;

  const changed = () => {
    if (running < limits.running && begun < limits.begun) roomMade?.();
    if (held === 0) allDone?.();
    if (isStuck() && !looking) {
      looking = true;
      // Between one work of a key and the next of it nothing runs either, for a moment.
      setImmediate(() => {
        looking = false;
        if (isStuck()) onStuck();
      });
    }
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

  async function work(mine: Tail, keys: readonly string[], before: readonly Promise<void>[], doIt: QueueWork): Promise<void> {
    let after: Afterwards = {};
    try {
      if (before.length > 0) await parked(Promise.all(before));
      after = await doIt(parked);
    } catch {
      // Whoever gave the work knows of it.
    }
    running -= 1;
    begun -= 1;
    for (const key of keys) if (tails.get(key) === mine) tails.delete(key);
    if (after.settled) after.settled.then(release, release);
    else held -= 1;
    changed();
  }

  const release = () => {
    held -= 1;
    changed();
  };

  async function run(keys: readonly string[], doIt: QueueWork): Promise<void> {
    while (running >= limits.running || begun >= limits.begun) {
      const room = new Promise<void>((resolve) => (roomMade = resolve));
      changed();
      await room;
      roomMade = undefined;
    }
    running += 1;
    begun += 1;
    held += 1;
    const before = keys.map((key) => tails.get(key)?.done).filter((done) => done !== undefined);
    const mine: Tail = {};
    for (const key of keys) tails.set(key, mine);
    mine.done = work(mine, keys, before, doIt);
  }

  async function drained(): Promise<void> {
    if (held === 0) return;
    const done = new Promise<void>((resolve) => (allDone = resolve));
    changed();
    await done;
  }

  return { run, drained };
}
