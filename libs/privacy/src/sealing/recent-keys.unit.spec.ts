import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newMemoryRows, openMemorySubjectKeys } from '../memory/memory-subject-keys.js';
import { createRecentKeys, type RecentKeys } from './recent-keys.js';

const subjects = ['c-1', 'c-2'];
let now: number;
let state: string | undefined;
let asked: number;
let keys: RecentKeys;

beforeEach(async () => {
  jest.useFakeTimers();
  [now, state, asked] = [0, undefined, 0];
  const store = openMemorySubjectKeys(newMemoryRows());
  const find = (some: readonly string[]) => {
    asked++;
    return store.find(some);
  };
  keys = createRecentKeys({ store: { find, ensure: store.ensure, state: () => state }, withinMs: 500, now: () => now });
  await keys.make(subjects);
});
afterEach(() => void jest.useRealTimers());

const pass = (ms: number) => {
  now += ms;
  jest.advanceTimersByTime(ms);
};

describe('keys that were asked for', () => {
  it('are in memory for 10 s at most after the store confirmed them, whether anybody asks for them or not', async () => {
    for (let second = 0; second < 8; second++) pass(1_000);
    expect(keys.size).toBe(2);
    await keys.ask(['c-2']);
    for (let second = 0; second < 2; second++) pass(1_000);
    expect([keys.size, keys.recent('c-1')]).toEqual([1, undefined]);
    for (let second = 0; second < 8; second++) pass(1_000);
    expect(keys.size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are asked for again after the time for which they are confirmed, unless the store says that nothing of them has changed', async () => {
    expect(keys.recent('c-1')?.kind).toBe('key');
    pass(501);
    expect(keys.recent('c-1')).toBeUndefined();
    state = 'one';
    pass(11);
    await keys.ask(subjects);
    for (let times = 0; times < 100; times++) {
      pass(501);
      expect(keys.recent('c-1')?.kind).toBe('key');
    }
    expect(asked).toBe(1);
    // That of the other was confirmed last when it was found.
    expect(keys.size).toBe(1);
    state = 'another';
    expect(keys.recent('c-1')?.kind).toBe('key');
    pass(501);
    expect(keys.recent('c-1')).toBeUndefined();
  });

  it('are gone at once when they are to be forgotten', () => {
    keys.forget('c-1');
    expect([keys.size, keys.recent('c-1')]).toEqual([1, undefined]);
  });
});
