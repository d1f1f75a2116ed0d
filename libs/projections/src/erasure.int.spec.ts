import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DomainEvent, personalFields } from '#event-log';
import { createMemoryReadModels, type ReadModelStore } from '#read-models';
import { defaultPolicies, relationshipEvents } from '#relationship';
import { collect } from '#testing';
import { appendAtHead } from '#testing/append-at-head.js';
import { arbitraryHistory } from '#testing/arbitrary-history.js';
import { memoryLog } from '#testing/as-written.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { viewContents } from '#testing/view-contents.js';
import { cardProjection } from './card/projection.js';
import { isHalf } from './counting.js';
import { contributionsOf, rowsOf } from './derived.js';
import { deskProjection } from './desk/projection.js';
import { customerOf } from './event-handlers.js';
import { foldCustomer } from './fold.js';
import { impersonal } from './impersonal.js';
import type { Row } from './projection.js';
import { advanceShards } from './runner/advance-shards.js';
import { type Build, collectionsOf } from './runner/build.js';
import { buildByStream } from './runner/build-by-stream.js';
import { repairSubject } from './runner/repair.js';
import { openShard } from './runner/shard.js';
import { createSubjects, customerMerges } from './runner/subjects.js';
import { projections } from './views.js';

const definitions = new Map(relationshipEvents.map((definition) => [definition.type as string, definition]));

/** With a secret in place of every string that is personal. */
const withSecrets = ({ type, data = {}, ...event }: StoryEvent, secret: string): StoryEvent => {
  const copy = structuredClone(data) as object;
  for (const pointer of personalFields(definitions.get(type)!, Number.POSITIVE_INFINITY, copy)) {
    const path = pointer.slice(1).split('/');
    const holder = path.slice(0, -1).reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, copy as never);
    holder[path.at(-1)!] = JSON.parse(JSON.stringify(holder[path.at(-1)!]), (_, value) => (typeof value === 'string' ? secret : value));
  }
  return { ...event, type, data: copy };
};

/** Names and addresses are found, and lists are in the order of names. */
const unnamed = ({ displayName: _, ...fields }: Readonly<Record<string, unknown>>) => fields;
const isAddress = ({ fields }: Row) => fields.identifierKind !== undefined;

describe('what is left of those who are erased', () => {
  it('is every total, every rung and every field by which lists are filtered: none depends on what is personal', () => {
    fc.assert(
      fc.property(arbitraryHistory, ({ shuffled }) => {
        const events = storyOf(
          'c',
          shuffled.map((each) => withSecrets(each, 'secret-c')),
        );
        for (const view of projections) {
          if (!view.document) continue;
          const [before, after] = [events, events.map(impersonal)].map((each) => foldCustomer(view, each));
          const held = (document: unknown) => ({
            contributions: contributionsOf(view, document, defaultPolicies),
            fields: unnamed(view.document!.fields(document, defaultPolicies)),
            rows: rowsOf(view, document, defaultPolicies).flatMap((row) => (isAddress(row) ? [] : [[row.key, row.fields]])),
          });
          expect([view.name, held(after)]).toEqual([view.name, held(before)]);
          const withText: readonly string[] = [cardProjection.name, deskProjection.name];
          if (!withText.includes(view.name)) expect([view.name, after]).toEqual([view.name, before]);
          expect(JSON.stringify(after)).not.toContain('secret');
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** In the order of time of recording, each customer erased or not, and the second merged into the first or not. */
const arbitraryCustomers = fc.record({
  stories: fc.tuple(arbitraryHistory, arbitraryHistory, arbitraryHistory),
  erased: fc.tuple(...[0, 1, 2].map(() => fc.option(fc.nat(60), { freq: 4 }))),
  merged: fc.boolean(),
});
type Customers = typeof arbitraryCustomers extends fc.Arbitrary<infer Value> ? Value : never;

describe('views that follow a log in which customers are erased', () => {
  const days = Array.from({ length: 31 }, (_, i) => `2026-03-${String(i + 1).padStart(2, '0')}`);
  const buildOf = (view: string): Build => ({ view, version: 1, generation: 1, policies: {} });
  const opened = (store: ReadModelStore) =>
    Promise.all(
      projections.map((projection) =>
        openShard({ store, projection, build: buildOf(projection.name), policies: defaultPolicies, cachedSubjects: 1 }),
      ),
    );
  const contentsOf = async (store: ReadModelStore) =>
    Object.fromEntries(
      await Promise.all(projections.map(async ({ name }) => [name, await viewContents(store, buildOf(name), days)] as const)),
    );

  async function logOf({ stories, erased, merged }: Customers) {
    const log = memoryLog();
    const events = stories.flatMap(({ shuffled }, n) => {
      const story = shuffled
        .filter(({ type }) => !['customer-merged', 'customer-unmerged', 'event-retracted'].includes(type))
        .map((each, i) => withSecrets({ ...each, known: days[Math.floor((i * 28) / shuffled.length)]!, id: `c${n}-${i}` }, `secret-c${n}`));
      const isMerged = n === 1 && merged;
      // Nothing more is recorded of whoever is merged away, but an erasure.
      if (isMerged) story.splice(story.length >> 1, story.length, { type: 'customer-merged', at: '2026-02-01', data: { into: 'c0' } });
      // Nothing comes after, but the first of them is erased twice.
      const end: StoryEvent = { type: 'customer-erased', at: '2026-02-10', known: days[28]!, data: { reason: `secret-c${n}` } };
      const at = erased[n];
      if (at === null || at === undefined) return storyOf(`c${n}`, story);
      const till = isMerged && at % 2 === 0 ? story.length : Math.max(1, story.length - at);
      const known = story[till - 1]!.known ?? days[0]!;
      return storyOf(`c${n}`, [...story.slice(0, till), { ...end, known }, ...(n === 0 ? [end] : [])]);
    });
    for (const event of events.sort((a, b) => (a.recordedAt < b.recordedAt ? -1 : 1))) await appendAtHead(log, event.stream, [event]);
    return log;
  }

  it('hold what a rebuild and a repair come to, and nothing personal of them and only of them, in any batches', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCustomers, fc.infiniteStream(fc.integer({ min: 1, max: 30 })), async (customers, cuts) => {
        const log = await logOf(customers);
        const events: readonly DomainEvent[] = await collect(log.readAll());
        const newSubjects = async () => {
          const subjects = createSubjects(log, customerMerges);
          await subjects.readTo(await log.head());
          return subjects;
        };
        const store = createMemoryReadModels();
        const shards = await opened(store);
        const subjects = await newSubjects();
        for (let at = 0; at < events.length; ) {
          const batch = events.slice(at, at + cuts.next().value!);
          expect(isHalf(batch.at(-1))).toBe(false);
          at += batch.length;
          await advanceShards(store, shards, batch, batch.at(-1)!.position, { subjects });
        }
        const live = await contentsOf(store);

        const other = createMemoryReadModels();
        const pace = { commitEvents: 7, signal: new AbortController().signal, progressed: () => undefined, subjects: await newSubjects() };
        await buildByStream(log, other, await opened(other), await log.head(), pace);
        expect(live).toEqual(await contentsOf(other));

        const head = await log.head();
        for (const shard of shards)
          for (const id of new Set(events.map(({ stream }) => customerOf(stream)))) {
            const subject = subjects.subjectAt(head)('relationship', id);
            await repairSubject(store, shard, subject, await subjects.eventsOf('relationship', subject, head));
          }
        expect(await contentsOf(store)).toEqual(live);

        const isErased = (n: number) => customers.erased[n] !== null;
        const isMerged = events.some(({ type }) => type === 'customer-merged');
        // With the survivor whoever was merged into it; one of these alone leaves the survivor as it is.
        const isGone = (n: number) => isErased(n) || (n === 1 && isMerged && isErased(0));
        for (const n of [0, 1, 2]) if (isGone(n)) expect(JSON.stringify(live)).not.toContain(`secret-c${n}`);
        for (const n of isMerged ? [0, 2] : [0, 1, 2]) {
          const document = await store.get<{ readonly status: string }>(collectionsOf(buildOf('card')).documents, `c${n}`);
          expect([n, document?.body.status === 'erased']).toEqual([n, isErased(n)]);
        }
        const named = customers.erased.flatMap((_, n) => (!isGone(n) && JSON.stringify(events).includes(`secret-c${n}`) ? [n] : []));
        const shown = named.filter((n) => foldsASecret(events, n));
        for (const n of shown) expect(JSON.stringify(live)).toContain(`secret-c${n}`);
      }),
      { numRuns: Number(process.env.LETOPIS_ERASURES ?? 25), endOnFailure: true },
    );
  });
});

/** Of a customer by itself; whoever was merged into another keeps its own there. */
function foldsASecret(events: readonly DomainEvent[], n: number): boolean {
  const own = events.filter(({ stream }) => customerOf(stream) === `c${n}`);
  return JSON.stringify(foldCustomer(cardProjection, own) ?? null).includes(`secret-c${n}`);
}
