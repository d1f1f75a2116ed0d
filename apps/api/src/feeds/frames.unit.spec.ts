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
