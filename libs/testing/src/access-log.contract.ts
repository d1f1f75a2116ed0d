import { type Access, type AccessLogStore, createAppender, findAccesses } from '#platform';
import { batchAfter, indexOf, NO_BATCH, textOfAccesses } from '#platform/access-log/batches.js';

/** One empty engine for one test. */
export interface AccessLogEngine {
  readonly store: AccessLogStore;
  /** The same log through a connection of its own. */
  readonly beside: () => AccessLogStore;
  readonly dispose: () => Promise<void>;
}

export const someAccess = (n: number, more: Partial<Access> = {}): Access => ({
  at: new Date(Date.UTC(2026, 10, 30, 12, 0, n)).toISOString(),
  role: 'curator',
  actorId: 'ann',
  keyId: 'key-1',
  operation: 'customer',
  customerIds: [`customer-${n}`],
  ...more,
});

const batchOf = (...accesses: readonly Access[]) => ({ text: textOfAccesses(accesses), lost: 0 });

const allOf = async <Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> => {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
};

/** What every adapter of AccessLogStore does. Runs in a spec file; one engine a test. */
export function accessLogContract(name: string, open: () => Promise<AccessLogEngine>): void {
  describe(`${name} keeps the AccessLogStore contract`, () => {
    let engine: AccessLogEngine;
    let store: AccessLogStore;
    beforeEach(async () => {
      expect.hasAssertions();
      engine = await open();
      store = engine.store;
    });
    afterEach(() => engine.dispose());

    const numbersOf = async (query: Parameters<AccessLogStore['find']>[0]) => (await allOf(store.find(query))).map(({ number }) => number);

    it('holds no batch at first', async () => {
      expect([await store.last(), await allOf(store.batches(0)), await numbersOf({})]).toEqual([undefined, [], []]);
    });

    it('gives batches back as they were appended, in their order, after any of them', async () => {
      const append = createAppender(store);
      const stored = [];
      for (let n = 1; n <= 45; n++) stored.push(await append({ ...batchOf(someAccess(n, { reason: 'ticket-1' })), lost: n % 7 }));
      const batches = await allOf(store.batches(0));
      expect(batches.map(({ number, hash }) => ({ number, hash }))).toEqual(stored.map(({ number, hash }) => ({ number, hash })));
      expect(batches[20]).toEqual(batchAfter(batches[19]!, textOfAccesses([someAccess(21, { reason: 'ticket-1' })]), 0));
      expect((await allOf(store.batches(43))).map(({ number }) => number)).toEqual([44, 45]);
      expect(await store.last()).toEqual({ number: 45, hash: batches[44]!.hash });
    });

    it('takes one batch of a number, and keeps it', async () => {
      const [one, other] = [someAccess(1), someAccess(2)].map((access) => ({
        batch: batchAfter(NO_BATCH, textOfAccesses([access]), 0),
        index: indexOf([access]),
      }));
      expect(await store.append(one!.batch, one!.index)).toBe(true);
      expect(await store.append(other!.batch, other!.index)).toBe(false);
      expect(await allOf(store.batches(0))).toEqual([one!.batch]);
      expect(await numbersOf({ customerId: 'customer-2' })).toEqual([]);
    });

    it('finds batches by customer, actor and time, the last ones first', async () => {
      const append = createAppender(store);
      for (let n = 1; n <= 50; n++) await append(batchOf(someAccess(n, { customerIds: [`c-${n % 5}`, 'all'], actorId: `a-${n % 2}` })));
      const down = (from: number, step = 1) => Array.from({ length: Math.ceil(from / step) }, (_, i) => from - i * step);
      expect(await numbersOf({})).toEqual(down(50));
      expect(await numbersOf({ customerId: 'all' })).toEqual(down(50));
      expect(await numbersOf({ customerId: 'c-0' })).toEqual(down(50, 5));
      expect(await numbersOf({ actorId: 'a-1' })).toEqual(down(49, 2));
      expect(await numbersOf({ customerId: 'nobody' })).toEqual([]);
      expect(await numbersOf({ customerId: 'all', upTo: 3 })).toEqual([3, 2, 1]);
      expect(await numbersOf({ from: someAccess(48).at, to: someAccess(49).at })).toEqual([49, 48]);
    });

    it('knows whether a batch is found by all that it names', async () => {
      const append = createAppender(store);
      const access = someAccess(1, { customerIds: ['x', 'y'] });
      const { number } = await append(batchOf(access));
      expect(await store.isIndexed(number, indexOf([access]))).toBe(true);
      expect(await store.isIndexed(number, { ...indexOf([access]), customerIds: ['x', 'y', 'z'] })).toBe(false);
      expect(await store.isIndexed(number, { ...indexOf([access]), actorIds: ['somebody'] })).toBe(false);
    });

    it('gives entries page by page, each once, by what is asked for', async () => {
      const append = createAppender(store);
      for (let n = 0; n < 6; n++)
        await append(
          batchOf(someAccess(2 * n, { customerIds: ['a', `b-${n}`] }), someAccess(2 * n + 1, { customerIds: ['a'], actorId: 'bea' })),
        );
      const pages = async (query: object) => {
        const found = [];
        for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
          const page = await findAccesses(store, { limit: 4, ...query, ...(cursor !== undefined && { cursor }) });
          expect(page.entries.length).toBeLessThanOrEqual(4);
          found.push(...page.entries);
          cursor = page.next;
        }
        return found;
      };
      const all = await pages({});
      expect(all).toHaveLength(18);
      expect(all.map(({ at }) => at)).toEqual(
        all
          .map(({ at }) => at)
          .toSorted()
          .reverse(),
      );
      expect(new Set(all.map((entry) => JSON.stringify(entry))).size).toBe(18);
      expect((await pages({ customerId: 'a' })).map(({ customerId }) => customerId)).toEqual(Array(12).fill('a'));
      expect((await pages({ actorId: 'bea' })).map(({ actorId }) => actorId)).toEqual(Array(6).fill('bea'));
      expect(await pages({ customerId: 'b-3', actorId: 'ann' })).toEqual([
        { ...someAccess(6), customerIds: undefined, customerId: 'b-3', batch: 4 },
      ]);
      expect((await pages({ from: someAccess(3).at, to: someAccess(4).at })).map(({ at }) => at)).toEqual(
        [4, 4, 3].map((n) => someAccess(n).at),
      );
    });

    it('has one chain, without gaps, whoever appends at the same time', async () => {
      const beside = engine.beside();
      const appenders = [createAppender(store), createAppender(beside)];
      await Promise.all(
        appenders.map(async (append, of) => {
          for (let n = 0; n < 20; n++) await append(batchOf(someAccess(n, { actorId: `actor-${of}` })));
        }),
      );
      const batches = await allOf(store.batches(0));
      let before = NO_BATCH;
      for (const batch of batches) {
        expect(batch).toEqual(batchAfter(before, batch.text, 0));
        before = batch;
      }
      expect(batches).toHaveLength(40);
      await beside.close();
    });

    it('still has them when it is opened again', async () => {
      const { number, hash } = await createAppender(store)(batchOf(someAccess(1)));
      await store.close();
      const again = engine.beside();
      expect(await again.last()).toEqual({ number, hash });
      expect(await createAppender(again)(batchOf(someAccess(2)))).toMatchObject({ number: 2, previousHash: hash });
      await again.close();
    });

    it('says that it cannot be used once it is closed, which may be done twice', async () => {
      await store.close();
      await store.close();
      const batch = batchAfter(NO_BATCH, '[]', 0);
      for (const each of [
        () => store.last(),
        () => store.append(batch, indexOf([])),
        () => allOf(store.batches(0)),
        () => allOf(store.find({})),
        () => store.isIndexed(1, indexOf([someAccess(1)])),
      ])
        await expect(each()).rejects.toMatchObject({ name: 'AccessLogUnavailable' });
    });
  });
}
