import { describe, expect, it } from '@jest/globals';
import { createFairQueue, QueueFull } from './fair-queue.js';

const queueOf = (atOnce: number, mostWaiting = 10) => {
  const queue = createFairQueue(atOnce, mostWaiting);
  const begun: string[] = [];
  const open: (() => void)[] = [];
  const ask = (key: string, name: string) =>
    queue(key, () => {
      begun.push(name);
      return new Promise<string>((resolve) => open.push(() => resolve(name)));
    });
  /** Ends the one that began first of those that work. */
  const endOne = async () => {
    open.shift()?.();
    await new Promise(setImmediate);
  };
  return { queue, begun, ask, endOne };
};

describe('a fair queue', () => {
  it('lets so many work at once, and each key has a turn before any has its second', async () => {
    const { begun, ask, endOne } = queueOf(2);
    const answers = [...['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => ask('a', name)), ask('b', 'b1'), ask('c', 'c1'), ask('b', 'b2')];
    await new Promise(setImmediate);
    expect(begun).toEqual(['a1', 'a2']);
    for (let ended = 0; ended < 8; ended++) await endOne();
    expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2', 'a5']);
    expect(await Promise.all(answers)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1', 'b2']);
  });

  it('lets no more of one key wait than so many, and others none the less', async () => {
    const { begun, ask, endOne } = queueOf(1, 2);
    const answers = ['a1', 'a2', 'a3'].map((name) => ask('a', name));
    await expect(ask('a', 'a4')).rejects.toBeInstanceOf(QueueFull);
    answers.push(ask('b', 'b1'));
    for (let ended = 0; ended < 4; ended++) await endOne();
    expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
    expect(await Promise.all(answers)).toEqual(['a1', 'a2', 'a3', 'b1']);
  });

  it('continues after one that failed', async () => {
    const { queue } = queueOf(1);
    const failed = queue('a', () => Promise.reject(new Error('of this one')));
    const after = queue('a', async () => 'answered');
    await expect(failed).rejects.toThrow('of this one');
    expect(await after).toBe('answered');
  });
});
