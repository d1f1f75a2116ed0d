import fc from 'fast-check';
import { type DomainEvent } from '#event-log';
import { createMemoryReadModels } from '#read-models';
import { defaultPolicies } from '#relationship/policies/policy.js';
import { appendAtHead } from '#testing/append-at-head.js';
import { memoryLog } from '#testing/as-written.js';
import { dealsProjection } from '#testing/deals-projection.js';
import { newEvent } from '#testing/new-event.js';
import { viewContents } from '#testing/view-contents.js';
import { isHalf } from '../counting.js';
import type { Projection } from '../projection.js';
import { advanceShards } from './advance-shards.js';
import type { Build } from './build.js';
import { buildByStream } from './build-by-stream.js';
import { repairSubject } from './repair.js';
import { openShard } from './shard.js';
import { createSubjects } from './subjects.js';

const build: Build = { view: 'deals', version: 1, generation: 1, policies: { cadence: -1 } };
const days = Array.from({ length: 9 }, (_, i) => `2026-01-0${i + 1}`);
const pace = { commitEvents: 7, signal: new AbortController().signal, progressed: () => undefined };

const arbitraryEvent = fc.record({
  customer: fc.constantFrom('c1', 'c10', 'c1-1', 'c1_2', 'c1-1_2', 'c2', 'Ольга'),
  type: fc.constantFrom('deal-opened', 'deal-moved', 'deal-moved', 'deal-cancelled', 'note-taken', 'not-handled'),
  /** Of one that was recorded before: it is taken back, or this one takes its place. */
  retracts: fc.option(fc.record({ which: fc.nat(), isReplaced: fc.boolean() }), { freq: 4 }),
  deal: fc.constantFrom('a', 'b', 'c'),
  stage: fc.constantFrom('lead', 'offer', 'a|b=c'),
  value: fc.integer({ min: -3, max: 3 }),
  occurred: fc.constantFrom(...days),
  laterBy: fc.constantFrom(0, 0, 0, 1),
  poison: fc.constantFrom(false, false, false, false, false, false, false, true),
});
type ArbitraryEvent = typeof arbitraryEvent extends fc.Arbitrary<infer Value> ? Value : never;

async function logOf(arbitraryEvents: readonly ArbitraryEvent[]) {
  const log = memoryLog();
  const poisoned = new Set<string>();
  const counting = new Map<string, string[]>();
  let known = 0;
  for (const { customer, type, deal, stage, value, occurred, laterBy, poison, retracts } of arbitraryEvents) {
    known = Math.min(known + laterBy, days.length - 1);
    const event = newEvent({
      type,
      occurredAt: `${occurred}T10:00:00.000Z`,
      recordedAt: `${days[known]}T12:00:00.000Z`,
      data: { deal, stage, value },
    });
    if (poison) poisoned.add(event.id);
    const open = counting.get(customer) ?? [];
    counting.set(customer, open);
    if (retracts === null || open.length === 0) {
      open.push(event.id);
      await appendAtHead(log, `relationship-${customer}`, [event]);
      continue;
    }
    const [eventId] = open.splice(retracts.which % open.length, 1, ...(retracts.isReplaced ? [event.id] : []));
    const data = { eventId, reason: 'wrong', ...(retracts.isReplaced && { replacedBy: event.id }) };
    const retraction = newEvent({ type: 'event-retracted', recordedAt: event.recordedAt, data });
    await appendAtHead(log, `relationship-${customer}`, retracts.isReplaced ? [retraction, event] : [retraction]);
  }
  const events: DomainEvent[] = [];
  for await (const batch of log.readAll()) events.push(...batch);
  return { log, events, poisoned };
}

type Store = ReturnType<typeof createMemoryReadModels>;

/** One view of documents, rows and totals, and one of entries. */
function shards(store: Store, poisoned: ReadonlySet<string>, factor = 1, cachedSubjects = 1) {
  const before = (id: string) => {
    if (poisoned.has(id)) throw new TypeError('no');
  };
  const { entries, ...deals } = dealsProjection({ factor, before }) as Projection;
  const { category, version, handles } = deals;
  const projections = [deals, { name: 'entries', category, version, handles, policies: [], entries: entries! }];
  return Promise.all(
    projections.map((projection) =>
      openShard({ store, build: { ...build, view: projection.name }, policies: defaultPolicies, cachedSubjects, projection }),
    ),
  );
}

const contentsOf = async (store: Store) => [
  await viewContents(store, build, days),
  await viewContents(store, { ...build, view: 'entries' }, days),
];

async function rebuilt({ log, poisoned }: Awaited<ReturnType<typeof logOf>>) {
  const store = createMemoryReadModels();
  await buildByStream(log, store, await shards(store, poisoned), await log.head(), pace);
  return contentsOf(store);
}

/** So many of them from one on; never without what takes the place of the last one. */
const batchOf = (events: readonly DomainEvent[], from: number, size: number) =>
  events.slice(from, isHalf(events[from + size - 1]) ? from + size + 1 : from + size);

const arbitraryEvents = fc.array(arbitraryEvent, { minLength: 1, maxLength: 60 });

describe('a view that follows the log', () => {
  it('holds exactly what a rebuild comes to, however the events were cut into batches and whoever was parked', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents, fc.infiniteStream(fc.integer({ min: 1, max: 12 })), fc.boolean(), async (made, cuts, restarts) => {
        const logged = await logOf(made);
        const store = createMemoryReadModels();
        let live = await shards(store, logged.poisoned);
        for (let at = 0; at < logged.events.length; ) {
          const batch = batchOf(logged.events, at, cuts.next().value!);
          await advanceShards(store, live, batch, batch.at(-1)!.position, { subjects: createSubjects(logged.log) });
          at += batch.length;
          if (restarts) live = await shards(store, logged.poisoned);
        }
        expect(await contentsOf(store)).toEqual(await rebuilt(logged));
      }),
      { numRuns: 150 },
    );
  });

  it('holds the same when batches come again, wholly or in part', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents, fc.infiniteStream(fc.integer({ min: 1, max: 12 })), async (made, cuts) => {
        const logged = await logOf(made);
        const store = createMemoryReadModels();
        for (let to = 0; to < logged.events.length; ) {
          const from = Math.max(0, to - cuts.next().value!);
          const batch = batchOf(logged.events, from, to - from + cuts.next().value!);
          to = from + batch.length;
          const division = { subjects: createSubjects(logged.log) };
          await advanceShards(store, await shards(store, logged.poisoned, 1, 100), batch, batch.at(-1)!.position, division);
        }
        expect(await contentsOf(store)).toEqual(await rebuilt(logged));
      }),
      { numRuns: 60 },
    );
  });

  it('holds what a rebuild yields after each customer was repaired, though other code had built it', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents, async (made) => {
        const logged = await logOf(made);
        const store = createMemoryReadModels();
        const wrong = await shards(store, new Set(logged.events.filter((_, i) => i % 7 === 3).map(({ id }) => id)), 5);
        for (let at = 0; at < logged.events.length; at += 5) {
          const batch = batchOf(logged.events, at, 5);
          await advanceShards(store, wrong, batch, batch.at(-1)!.position, { subjects: createSubjects(logged.log) });
        }
        const right = await shards(store, logged.poisoned);
        for (const customer of new Set(made.map((each) => each.customer))) {
          const own = logged.events.filter(({ stream }) => stream === `relationship-${customer}`);
          for (const shard of right) await repairSubject(store, shard, customer, own);
        }
        expect(await contentsOf(store)).toEqual(await rebuilt(logged));
      }),
      { numRuns: 100 },
    );
  });
});
