import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { SubscriptionItem } from '#event-log';
import { newEvent } from '#testing';
import { coalesced, type EventBatch } from './coalesced.js';

const PAUSE_MS = 20;
const batch = (from: number, events: number): SubscriptionItem => ({
  kind: 'batch',
  events: Array.from({ length: events }, (_, n) => ({
    ...newEvent(),
    stream: 's',
    revision: from + n,
    position: String(from + n).padStart(20, '0'),
    hash: '',
  })) as never,
  head: String(from + events - 1).padStart(20, '0') as never,
});

/** Batches of so many events each, one every few milliseconds, as long as `going`. */
async function* flow(events: number, everyMs: number, going: () => boolean): AsyncGenerator<SubscriptionItem> {
  for (let at = 1; going(); at += events) {
    yield batch(at, events);
    if (everyMs > 0) await sleep(everyMs);
    else await nextTurn();
  }
}

const times = (count: number) => {
  let left = count;
  return () => left-- > 0;
};

async function collect(items: AsyncIterable<SubscriptionItem>, maxEvents: number, pauseMs: number): Promise<EventBatch[]> {
  const batches: EventBatch[] = [];
  for await (const batch of coalesced(items, maxEvents, pauseMs)) batches.push(batch);
  return batches;
}

const revisions = (batches: readonly EventBatch[]) => batches.flatMap(({ events }) => events.map(({ revision }) => revision));

describe('events gathered for one commit', () => {
  it('are handed over at once when all was quiet', async () => {
    const held = Promise.withResolvers<void>();
    async function* one(): AsyncGenerator<SubscriptionItem> {
      yield batch(1, 3);
      await held.promise;
    }
    const batches = coalesced(one(), 1_000, 60_000)[Symbol.asyncIterator]();
    const { value } = await batches.next();
    expect(value.events).toHaveLength(3);
    held.resolve();
    expect((await batches.next()).done).toBe(true);
  });

  it('are all there, once and in order, however they are cut', async () => {
    for (const [events, maxEvents, pauseMs] of [
      [3, 1_000, 1],
      [100, 250, 1],
      [40, 40, 0],
    ] as const) {
      const batches = await collect(flow(events, 0, times(30)), maxEvents, pauseMs);
      expect(revisions(batches)).toEqual(Array.from({ length: events * 30 }, (_, n) => n + 1));
      for (const { events: cut, head } of batches) expect(head).toBe(cut.at(-1)!.position);
    }
  });

  it('are as many as several pauses bring under heavy load, where lighter load is committed after each', async () => {
    const heavy = await collect(flow(100, 4, times(40)), 100_000, PAUSE_MS);
    const light = await collect(flow(1, 4, times(40)), 100_000, PAUSE_MS);
    expect(Math.max(...heavy.map(({ events }) => events.length))).toBeGreaterThan(2_000);
    expect(light.length).toBeGreaterThan(heavy.length);
  });

  it('do not wait under heavy load for ever', async () => {
    let going = true;
    const batches = coalesced(
      flow(200, 1, () => going),
      Number.MAX_SAFE_INTEGER,
      5,
    )[Symbol.asyncIterator]();
    expect((await batches.next()).value.events.length).toBeGreaterThan(0);
    going = false;
    while (!(await batches.next()).done);
  });

  it('are not many more than one commit may have', async () => {
    const batches = await collect(flow(100, 0, times(50)), 250, 1);
    expect(Math.max(...batches.map(({ events }) => events.length))).toBeLessThanOrEqual(350);
  });

  it('end with what the log fails with', async () => {
    async function* failing(): AsyncGenerator<SubscriptionItem> {
      yield batch(1, 200);
      throw new Error('the log is away');
    }
    const seen: number[] = [];
    const all = (async () => {
      for await (const { events } of coalesced(failing(), 1_000, 1)) seen.push(events.length);
    })();
    await expect(all).rejects.toThrow('the log is away');
    expect(seen).toEqual([200]);
  });
});
