import fc from 'fast-check';
import { type DomainEvent } from '#event-log';
import { createMemoryReadModels } from '#read-models';
import { defaultPolicies } from '#relationship/policies/policy.js';
import { appendAtHead } from '#testing/append-at-head.js';
import { memoryLog } from '#testing/as-written.js';
import { dealsProjection } from '#testing/deals-projection.js';
import { newEvent } from '#testing/new-event.js';
import { viewContents } from '#testing/view-contents.js';
import { advanceShards } from './advance-shards.js';
import type { Build } from './build.js';
import { buildByStream } from './build-by-stream.js';
import { repairSubject } from './repair.js';
import { openShard } from './shard.js';

const build: Build = { view: 'deals', version: 1, generation: 1, policies: { cadence: -1 } };
const days = Array.from({ length: 9 }, (_, i) => `2026-01-0${i + 1}`);
const pace = { commitEvents: 7, signal: new AbortController().signal, progressed: () => undefined };

const fact = fc.record({
  customer: fc.constantFrom('c1', 'c10', 'c1-1', 'c1_2', 'c1-1_2', 'c2', 'Ольга'),
  type: fc.constantFrom('deal-opened', 'deal-moved', 'deal-moved', 'deal-cancelled', 'note-taken', 'not-handled'),
  deal: fc.constantFrom('a', 'b', 'c'),
  stage: fc.constantFrom('lead', 'offer', 'a|b=c'),
  value: fc.integer({ min: -3, max: 3 }),
  occurred: fc.constantFrom(...days),
  laterBy: fc.constantFrom(0, 0, 0, 1),
  poison: fc.constantFrom(false, false, false, false, false, false, false, true),
});
type Fact = typeof fact extends fc.Arbitrary<infer Value> ? Value : never;

async function logOf(facts: readonly Fact[]) {
  const log = memoryLog();
  const poisoned = new Set<string>();
  let known = 0;
  for (const { customer, type, deal, stage, value, occurred, laterBy, poison } of facts) {
    known = Math.min(known + laterBy, days.length - 1);
    const event = newEvent({
      type,
      occurredAt: `${occurred}T10:00:00.000Z`,
      recordedAt: `${days[known]}T12:00:00.000Z`,
      data: { deal, stage, value },
    });
    if (poison) poisoned.add(event.id);
    await appendAtHead(log, `relationship-${customer}`, [event]);
  }
  const events: DomainEvent[] = [];
  for await (const batch of log.readAll()) events.push(...batch);
  return { log, events, poisoned };
}

const shard = (store: ReturnType<typeof createMemoryReadModels>, poisoned: ReadonlySet<string>, factor = 1, cachedSubjects = 1) =>
  openShard({
    store,
    build,
    policies: defaultPolicies,
    cachedSubjects,
    projection: dealsProjection({
      factor,
      before: (id) => {
        if (poisoned.has(id)) throw new TypeError('no');
      },
    }) as Parameters<typeof openShard>[0]['projection'],
  });

async function rebuilt({ log, poisoned }: Awaited<ReturnType<typeof logOf>>) {
  const store = createMemoryReadModels();
  await buildByStream(log, store, [await shard(store, poisoned)], await log.head(), pace);
  return viewContents(store, build, days);
}

const facts = fc.array(fact, { minLength: 1, maxLength: 60 });

describe('a view that follows the log', () => {
  it('holds exactly what a rebuild comes to, however the events were cut into batches and whoever was parked', async () => {
    await fc.assert(
      fc.asyncProperty(facts, fc.infiniteStream(fc.integer({ min: 1, max: 12 })), fc.boolean(), async (made, cuts, restarts) => {
        const logged = await logOf(made);
        const store = createMemoryReadModels();
        let live = await shard(store, logged.poisoned);
        for (let at = 0; at < logged.events.length; ) {
          const batch = logged.events.slice(at, at + cuts.next().value!);
          await advanceShards(store, [live], batch, batch.at(-1)!.position);
          at += batch.length;
          if (restarts) live = await shard(store, logged.poisoned);
        }
        expect(await viewContents(store, build, days)).toEqual(await rebuilt(logged));
      }),
      { numRuns: 150 },
    );
  });

  it('holds the same when batches come again, wholly or in part', async () => {
    await fc.assert(
      fc.asyncProperty(facts, fc.infiniteStream(fc.integer({ min: 1, max: 12 })), async (made, cuts) => {
        const logged = await logOf(made);
        const store = createMemoryReadModels();
        for (let to = 0; to < logged.events.length; ) {
          const from = Math.max(0, to - cuts.next().value!);
          to += cuts.next().value!;
          const batch = logged.events.slice(from, to);
          await advanceShards(store, [await shard(store, logged.poisoned, 1, 100)], batch, batch.at(-1)!.position);
        }
        expect(await viewContents(store, build, days)).toEqual(await rebuilt(logged));
      }),
      { numRuns: 60 },
    );
  });

  it('holds what a rebuild comes to after each customer was repaired, though other code had filled it', async () => {
    await fc.assert(
      fc.asyncProperty(facts, async (made) => {
        const logged = await logOf(made);
        const store = createMemoryReadModels();
        const wrong = await shard(store, new Set(logged.events.filter((_, i) => i % 7 === 3).map(({ id }) => id)), 5);
        for (let at = 0; at < logged.events.length; at += 5) {
          const batch = logged.events.slice(at, at + 5);
          await advanceShards(store, [wrong], batch, batch.at(-1)!.position);
        }
        const right = await shard(store, logged.poisoned);
        for (const customer of new Set(made.map((each) => each.customer))) {
          const own = logged.events.filter(({ stream }) => stream === `relationship-${customer}`);
          await repairSubject(store, right, customer, own);
        }
        expect(await viewContents(store, build, days)).toEqual(await rebuilt(logged));
      }),
      { numRuns: 100 },
    );
  });
});
