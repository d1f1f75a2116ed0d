import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { InboundMessage } from './inbound-event.js';
import { settleBatch } from './settle-batch.js';

const batch = (...keys: readonly (string | null)[]): InboundMessage[] =>
  keys.map((key, index) => ({ key: key === null ? null : Buffer.from(key), value: null, offset: String(index) }));
const offsets = (outcomes: readonly string[]) => outcomes.join(' ');

describe('settling a batch', () => {
  it('takes one key after another, and different keys side by side', async () => {
    const begun: string[] = [];
    const underWay = new Map<string, number>();
    let most = 0;
    const outcomes = await settleBatch(
      batch('a', 'b', 'a', 'c', 'b', 'a', 'a'),
      async ({ key, offset }) => {
        const name = String(key);
        begun.push(`${name}${offset}`);
        expect(underWay.get(name) ?? 0).toBe(0);
        underWay.set(name, 1);
        most = Math.max(
          most,
          [...underWay.values()].reduce((sum, each) => sum + each, 0),
        );
        await sleep(Math.random() * 5);
        underWay.set(name, 0);
        return offset;
      },
      64,
    );
    expect(offsets(outcomes)).toBe('0 1 2 3 4 5 6');
    expect(begun.filter((each) => each.startsWith('a'))).toEqual(['a0', 'a2', 'a5', 'a6']);
    expect(most).toBe(3);
  });

  it('has no more under way at once than it may, and makes nobody without a key wait', async () => {
    let [now, most] = [0, 0];
    await settleBatch(
      batch(...Array.from({ length: 30 }, () => null)),
      async () => {
        most = Math.max(most, ++now);
        await sleep(1);
        now--;
        return 'done';
      },
      8,
    );
    expect(most).toBe(8);
  });

  it('answers only what is settled from the beginning on when it is interrupted, and goes no further with that key', async () => {
    const begun: string[] = [];
    const outcomes = await settleBatch(
      batch('a', 'b', 'a', 'c', 'a', 'd'),
      async ({ offset }) => {
        begun.push(offset);
        return offset === '2' ? undefined : offset;
      },
      64,
    );
    expect(offsets(outcomes)).toBe('0 1');
    expect(begun.sort()).toEqual(['0', '1', '2', '3', '5']);
  });
});
