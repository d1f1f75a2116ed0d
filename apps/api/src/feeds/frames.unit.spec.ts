import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Frame, feedText } from './frames.js';

const unheard: unknown[] = [];
const hear = (error: unknown) => void unheard.push(error);
beforeEach(() => void process.on('unhandledRejection', hear));
afterEach(() => void process.off('unhandledRejection', hear));
const settled = () => new Promise((resolve) => setImmediate(resolve));

const broken: AsyncIterable<readonly Frame[]> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('the log is gone')) }),
};

describe('a feed whose log and whose keys fail together', () => {
  it('ends with one error, and leaves none that would end the process', async () => {
    const { signal } = new AbortController();
    const allowed = async () => {
      await settled();
      throw new Error('the keys are gone');
    };
    const read = async () => {
      for await (const _ of feedText(broken, { signal, allowed }));
    };
    await expect(read()).rejects.toThrow('the keys are gone');
    await settled();
    expect(unheard).toEqual([]);
  });
});

describe('a feed on which nothing happens', () => {
  it('hangs no more on what it waits for the longer it waits, and goes on when that comes', async () => {
    const coming = Promise.withResolvers<IteratorResult<readonly Frame[]>>();
    let reactions = 0;
    const next = Object.assign(coming.promise, {
      // biome-ignore lint/suspicious/noThenProperty: counts who waits for it
      then: (...handlers: Parameters<typeof coming.promise.then>) => {
        reactions++;
        return Promise.prototype.then.apply(coming.promise, handlers);
      },
    });
    const batches = { [Symbol.asyncIterator]: () => ({ next: () => next }) } as AsyncIterable<readonly Frame[]>;
    let asked = 0;
    const allowed = async () => ++asked > 0;
    const feed = feedText(batches, { signal: new AbortController().signal, allowed });
    await feed.next();
    const text = feed.next();
    while (asked < 4) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reactions).toBe(1);
    coming.resolve({ value: [{ id: '1', event: 'e', data: 'x' }], done: false });
    expect(await text).toEqual({ value: 'id: 1\nevent: e\ndata: "x"\n\n', done: false });
  });
});
