import { describe, expect, it } from '@jest/globals';
import { builtModule, createBackoff, createKeyedMutex, createMutex, createSemaphore, type NextTry, persistently } from './index.js';

const PAUSES = { firstMs: 1, longestMs: 4 };

/** Fails so many times, then answers. */
const failing = (times: number) => {
  const errors = Array.from({ length: times }, (_, n) => new Error(`${n}`));
  return async () => {
    const error = errors.shift();
    if (error) throw error;
    return 'done';
  };
};

describe('work that is tried again', () => {
  const { signal } = new AbortController();

  it('is tried until it works, after pauses that double up to the longest', async () => {
    const tries: [string, NextTry][] = [];
    const failed = (error: unknown, next: NextTry) => void tries.push([(error as Error).message, next]);
    expect(await persistently(failing(4), signal, failed, PAUSES)).toBe('done');
    expect(tries).toEqual([1, 2, 4, 4].map((waitMs, n) => [`${n}`, { waitMs, failures: n + 1 }]));
  });

  it('begins with the first pause again after it got on', () => {
    const { failed, gettingOn } = createBackoff(PAUSES);
    failed();
    failed();
    gettingOn();
    expect(failed()).toEqual({ waitMs: 1, failures: 1 });
  });

  it('is given up where the one who is told throws, and with its own error when it is told to stop, without waiting', async () => {
    const final = new Error('final');
    const giveUp = () => {
      throw final;
    };
    await expect(persistently(failing(1), signal, giveUp, PAUSES)).rejects.toBe(final);
    const stopping = new AbortController();
    const stopped = persistently(failing(9), stopping.signal, () => stopping.abort(), { firstMs: 1e9, longestMs: 1e9 });
    await expect(stopped).rejects.toThrow('0');
  });
});

describe('a mutex', () => {
  it('does one piece of work at a time, in the order of asking, whatever fails', async () => {
    const exclusively = createMutex();
    const seen: string[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ends`);
      if (name === 'b') throw new Error(name);
      return name;
    };
    const all = await Promise.allSettled(['a', 'b', 'c'].map((name) => exclusively(work(name))));
    expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('by key lets what has another key go on', async () => {
    const exclusively = createKeyedMutex();
    const held = Promise.withResolvers<void>();
    const first = exclusively('a', () => held.promise);
    expect(await exclusively('b', async () => 'b')).toBe('b');
    const second = exclusively('a', async () => 'second');
    held.resolve();
    expect(await Promise.all([first, second])).toEqual([undefined, 'second']);
  });
});

describe('a semaphore', () => {
  it('does so many pieces of work at a time, begun in the order of asking, whatever fails', async () => {
    const bounded = createSemaphore(3);
    const begun: number[] = [];
    let [underWay, most] = [0, 0];
    const work = (n: number) => async () => {
      begun.push(n);
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      if (n % 3 === 0) throw new Error(`${n}`);
      return n;
    };
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    const all = await Promise.allSettled(numbers.map((n) => bounded(work(n))));
    expect(begun).toEqual(numbers);
    expect(most).toBe(3);
    expect(all.map(({ status }) => status)).toEqual(numbers.map((n) => (n % 3 === 0 ? 'rejected' : 'fulfilled')));
    expect(await bounded(work(1))).toBe(1);
  });
});

describe('the module that a thread starts from', () => {
  it('is the one that the build wrote, whoever names it', () => {
    const from = (importer: string) => builtModule('./w.worker.js', `file:///libs/app/${importer}`).pathname;
    expect(from('dist/libs/event-log/src/q.js')).toBe('/libs/app/dist/libs/event-log/src/w.worker.js');
    expect(from('libs/event-log/src/q.ts')).toBe('/libs/app/dist/libs/event-log/src/w.worker.js');
    expect(from('apps/api/src/q.ts')).toBe('/libs/app/dist/apps/api/src/w.worker.js');
  });
});
