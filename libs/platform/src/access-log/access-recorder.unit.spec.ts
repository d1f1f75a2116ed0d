import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { someAccess } from '#testing/access-log.contract.js';
import type { Access } from './access-log-store.js';
import { type AccessRecorderOptions, createAccessRecorder, FLUSH_EVERY_MS } from './access-recorder.js';
import type { UnstoredBatch } from './append-accesses.js';
import { accessesIn, hashOfBatch } from './batches.js';

/** A store that can be away. */
const rig = (options: Partial<AccessRecorderOptions> = {}) => {
  const stored: UnstoredBatch[] = [];
  const sent: UnstoredBatch[] = [];
  const lost: number[] = [];
  const failures: unknown[] = [];
  const store = { away: false };
  const recorder = createAccessRecorder({
    async send(batch) {
      sent.push(batch);
      await sleep(1);
      if (store.away) throw new Error('away');
      stored.push(batch);
      return { number: stored.length, hash: hashOfBatch({ number: stored.length, previousHash: '', ...batch }) };
    },
    onFailure: (error) => void failures.push(error),
    onLost: (entries) => void lost.push(entries),
    ...options,
  });
  const customers = () => stored.flatMap(accessesIn).flatMap(({ customerIds }) => customerIds);
  return { recorder, store, stored, sent, lost, failures, customers };
};
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `customer-${from + i}`);
const wide = (customers: number): Access => someAccess(0, { customerIds: ids(0, customers) });

describe('recorded accesses', () => {
  it('are stored together, in their order, a moment later', async () => {
    const { recorder, stored, customers } = rig();
    for (let n = 0; n < 50; n++) expect(recorder.record(someAccess(n), false)).toBeUndefined();
    expect(stored).toEqual([]);
    await sleep(FLUSH_EVERY_MS * 2);
    expect(stored).toHaveLength(1);
    expect(customers()).toEqual(ids(0, 50));
    expect(recorder.head()?.number).toBe(1);
    await recorder.close();
  });

  it('are stored before the answer where it has to be, one batch for all who wait', async () => {
    const { recorder, stored, customers } = rig();
    await recorder.record(someAccess(0), true);
    expect(customers()).toEqual(['customer-0']);
    await Promise.all(Array.from({ length: 30 }, (_, n) => recorder.record(someAccess(n + 1), true)));
    expect(customers()).toEqual(ids(0, 31));
    expect(stored.length).toBeLessThan(5);
    await recorder.close();
  });

  it('come in batches of a bounded size, but for one access that is larger', async () => {
    const { recorder, stored } = rig();
    for (const size of [3_000, 3_000, 1, 9_000, 1]) recorder.record(wide(size), false);
    await recorder.close();
    const sizes = stored.map((batch) => accessesIn(batch).map(({ customerIds }) => customerIds.length));
    expect(sizes).toEqual([[3_000], [3_000, 1], [9_000], [1]]);
  });

  it('are stored when it closes', async () => {
    const { recorder, customers } = rig();
    recorder.record(someAccess(1), false);
    await recorder.close();
    expect(customers()).toEqual(['customer-1']);
  });

  it('show nobody, so none is stored', async () => {
    const { recorder, sent } = rig();
    expect(recorder.record(someAccess(1, { customerIds: [] }), true)).toBeUndefined();
    await recorder.close();
    expect(sent).toEqual([]);
  });
});

describe('while the store is away', () => {
  it('what waits is kept, sent again as it was, and stored when the store is back; the failure is told once', async () => {
    const { recorder, store, sent, failures, customers } = rig();
    store.away = true;
    recorder.record(someAccess(0), false);
    while (sent.length < 3) await sleep(10);
    expect(recorder.state()).toBe('behind');
    recorder.record(someAccess(1), false);
    store.away = false;
    while (recorder.state() === 'behind') await sleep(10);
    await recorder.close();
    expect(customers()).toEqual(['customer-0', 'customer-1']);
    expect(new Set(sent.slice(0, 3)).size).toBe(1);
    expect(failures).toHaveLength(1);
  });

  it('an answer that has to wait for it is rejected, and no sooner than it has to be', async () => {
    const { recorder, store, customers } = rig({ patienceMs: 100 });
    store.away = true;
    const began = performance.now();
    await expect(recorder.record(someAccess(0), true)).rejects.toMatchObject({ code: 'access-log-away' });
    expect(performance.now() - began).toBeGreaterThan(90);
    store.away = false;
    const again = rig().recorder.record(someAccess(0), true);
    await expect(again).resolves.toBeUndefined();
    await recorder.close();
    // What could not be answered may have been recorded: rather once too often.
    expect(customers()).toEqual(['customer-0']);
  });

  it('memory is bounded: what is beyond is counted, and the next batch says how many are missing before it', async () => {
    const { recorder, store, stored, lost, customers } = rig({ mostWaiting: 10 });
    store.away = true;
    recorder.record(wide(6), false);
    recorder.record(wide(5), false);
    recorder.record(wide(4), false);
    recorder.record(wide(2), false);
    expect(() => recorder.record(wide(1), true)).toThrow('recorded');
    expect(lost).toEqual([5, 2]);
    expect(recorder.state()).toBe('behind');
    store.away = false;
    await recorder.close();
    expect(customers()).toEqual([...ids(0, 6), ...ids(0, 4)]);
    expect(stored.map((batch) => batch.lost)).toEqual([7]);
  });
});
