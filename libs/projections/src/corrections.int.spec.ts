import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DomainEvent } from '#event-log';
import { createMemoryReadModels, type ReadModelStore } from '#read-models';
import { defaultPolicies } from '#relationship';
import { collect } from '#testing';
import { appendAtHead } from '#testing/append-at-head.js';
import { arbitraryCorrections } from '#testing/arbitrary-corrections.js';
import { memoryLog } from '#testing/as-written.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { inZone } from '#testing/in-zone.js';
import { viewContents } from '#testing/view-contents.js';
import { isHalf } from './counting.js';
import { contributionsOf, rowsOf } from './derived.js';
import { customerOf } from './event-handlers.js';
import { foldCustomer } from './fold.js';
import { advanceShards } from './runner/advance-shards.js';
import type { Build } from './runner/build.js';
import { buildByStream } from './runner/build-by-stream.js';
import { repairSubject } from './runner/repair.js';
import { openShard } from './runner/shard.js';
import { createSubjects } from './runner/subjects.js';
import { projections } from './views.js';

const omitted = (body: object, member: string) => Object.fromEntries(Object.entries(body).filter(([name]) => name !== member));

const ofDocuments = projections.filter(({ document }) => document);

describe.each(ofDocuments.map((view) => [view.name, view] as const))('the %s view of a history with corrections', (_, view) => {
  const heldOf = (told: readonly StoryEvent[], travel: { readonly asOf?: string; readonly knownAt?: string }) => {
    const document = foldCustomer(view, storyOf('c', told), travel);
    if (document === undefined) return undefined;
    return {
      fields: view.document!.fields(document, defaultPolicies),
      rows: rowsOf(view, document, defaultPolicies),
      contributions: contributionsOf(view, document, defaultPolicies),
    };
  };

  it('holds what it would hold had all been recorded right, as of any time', () => {
    fc.assert(
      fc.property(
        arbitraryCorrections,
        fc.constantFrom(undefined, '2026-01-16T23:59:59.999Z', '2026-02-01T23:59:59.999Z'),
        ({ recorded, right }, asOf) => {
          const travel = asOf === undefined ? {} : { asOf };
          expect(heldOf(recorded, travel)).toEqual(heldOf(right, travel));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('holds what was recorded until then, as it was known at any time', () => {
    fc.assert(
      fc.property(arbitraryCorrections, fc.integer({ min: 1, max: 12 }), ({ recorded }, day) => {
        const knownAt = `2026-03-${String(day).padStart(2, '0')}T23:59:59.999Z`;
        const known = recorded.filter((told) => told.known! <= knownAt);
        expect(heldOf(recorded, { knownAt })).toEqual(heldOf(known, {}));
      }),
      { numRuns: 50 },
    );
  });
});

/** Days of knowledge begin at midnight of the zone, and what occurred is around the day of 25 hours of Berlin. */
const zones: readonly [string, Moved][] = [
  ['UTC', { known: (day) => `${day}T00:00:00.000Z`, at: (at) => at }],
  [
    'Europe/Berlin',
    {
      known: (day) => new Date(Date.parse(day) - 1_800_000).toISOString(),
      at: (at) => new Date(Date.parse(at) - 68 * 86_400_000).toISOString(),
    },
  ],
];
interface Moved {
  known(day: string): string;
  at(at: string): string;
}

describe.each(zones)('views that follow the log in %s', (zone, moved) => {
  const policies = inZone(zone);
  const days = Array.from({ length: 31 }, (_, i) => `2026-03-${String(i + 1).padStart(2, '0')}`);
  const buildOf = (view: string): Build => ({ view, version: 1, generation: 1, policies: {} });
  const opened = (store: ReadModelStore) =>
    Promise.all(
      projections.map((projection) => openShard({ store, projection, build: buildOf(projection.name), policies, cachedSubjects: 1 })),
    );
  const contentsOf = async (store: ReadModelStore) =>
    Object.fromEntries(
      await Promise.all(projections.map(async ({ name }) => [name, await viewContents(store, buildOf(name), days)] as const)),
    );
  const logOf = async (stories: readonly (readonly StoryEvent[])[]) => {
    const log = memoryLog();
    const named = stories.map((told, n) =>
      storyOf(
        `c${n}`,
        told.map((each) => ({ ...each, at: moved.at(each.at), known: moved.known(each.known ?? '2026-03-01') })),
      ).map((event) => ({ ...event, id: `c${n}-${event.id}`, data: withIds(`c${n}`, event.data) })),
    );
    for (const event of named.flat().sort((a, b) => (a.recordedAt < b.recordedAt ? -1 : 1))) {
      // Both are recorded at once.
      const before = named.flat().find(({ data }) => (data as { readonly replacedBy?: string }).replacedBy === event.id);
      if (isHalf(event)) continue;
      await appendAtHead(log, event.stream, before ? [before, event] : [event]);
    }
    return log;
  };
  const withIds = (customerId: string, data: unknown): unknown => {
    const { eventId, replacedBy } = data as { readonly eventId?: string; readonly replacedBy?: string };
    if (eventId === undefined) return data;
    return { ...(data as object), eventId: `${customerId}-${eventId}`, ...(replacedBy && { replacedBy: `${customerId}-${replacedBy}` }) };
  };
  const built = async (log: Awaited<ReturnType<typeof logOf>>, upTo?: DomainEvent) => {
    const store = createMemoryReadModels();
    const pace = { commitEvents: 7, signal: new AbortController().signal, progressed: () => undefined };
    await buildByStream(log, store, await opened(store), upTo?.position ?? (await log.head()), pace);
    return contentsOf(store);
  };

  it('hold what a rebuild comes to at every step, totals of every day of knowledge, and in the end what was right', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryCorrections, { minLength: 2, maxLength: 2 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        async (stories, cuts) => {
          const log = await logOf(stories.map(({ recorded }) => recorded));
          const events: readonly DomainEvent[] = await collect(log.readAll());
          const store = createMemoryReadModels();
          const shards = await opened(store);
          for (let at = 0; at < events.length; ) {
            const end = at + cuts.next().value!;
            const batch = events.slice(at, isHalf(events[end - 1]) ? end + 1 : end);
            at += batch.length;
            await advanceShards(store, shards, batch, batch.at(-1)!.position, { subjects: createSubjects(log) });
          }
          const live = await contentsOf(store);
          expect(live).toEqual(await built(log));
          for (const shard of shards)
            for (const stream of new Set(events.map((event) => event.stream)))
              await repairSubject(store, shard, customerOf(stream), await collect(log.readStream(stream)));
          expect(await contentsOf(store)).toEqual(live);

          const middle = events.findLast(({ recordedAt }) => recordedAt < moved.known('2026-03-05'))!;
          const [then, right] = [await built(log, middle), await built(await logOf(stories.map((story) => story.right)))];
          for (const { name } of projections) {
            expect([name, live[name]!.totals[3]]).toEqual([name, then[name]!.totals[3]]);
            expect([name, live[name]!.totals.at(-1)]).toEqual([name, right[name]!.totals.at(-1)]);
            // Except for when it was corrected.
            const rows = live[name]!.rows.map(({ body, ...row }) => ({ ...row, body: omitted(body as object, 'correctedAt') }));
            expect([name, rows]).toEqual([name, right[name]!.rows]);
            const fields = (of: typeof right) => of[name]!.documents.map(({ key, fields }) => [key, fields]);
            expect([name, fields(live)]).toEqual([name, fields(right)]);
          }
        },
      ),
      { numRuns: Number(process.env.LETOPIS_CORRECTIONS ?? 5), endOnFailure: true },
    );
  });
});
