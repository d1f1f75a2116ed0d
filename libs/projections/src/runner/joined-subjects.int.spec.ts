import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DomainEvent, delegating, type EventLog } from '#event-log';
import { createMemoryReadModels, openReadModels, type ReadModelStore } from '#read-models';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { appendAtHead } from '#testing/append-at-head.js';
import { memoryLog } from '#testing/as-written.js';
import { dealsProjection } from '#testing/deals-projection.js';
import { newEvent } from '#testing/new-event.js';
import { viewContents } from '#testing/view-contents.js';
import { appendCompany } from '../../../../test/bench/company-log.js';
import { isHalf } from '../counting.js';
import type { Projection } from '../projection.js';
import { projections } from '../views.js';
import { advanceShards } from './advance-shards.js';
import { readAlias } from './aliases.js';
import type { Build } from './build.js';
import { type BuildTeam, buildByStream } from './build-by-stream.js';
import { buildInTeam } from './build-in-team.js';
import { createProjector, type Projector } from './projector.js';
import type { Group } from './shard.js';
import { openShard } from './shard.js';
import { createSubjects, type Merging } from './subjects.js';
import { createViewReader } from './view-reader.js';

const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
const days = ['2026-01-01', '2026-01-02', '2030-01-01'];

const merging: Merging = {
  category: 'relationship',
  types: ['subject-joined', 'subject-parted'],
  read: ({ type, stream, data }) => ({
    absorbed: stream.slice('relationship-'.length),
    ...(type === 'subject-joined' && { survivor: (data as { readonly into: string }).into }),
  }),
};

/** A view with all that there is but entries, and one of entries alone that shows the joining itself. */
function views(broken: ReadonlySet<string> = new Set()): readonly Projection[] {
  const before = (id: string) => {
    if (broken.has(id)) throw new TypeError('no');
  };
  const { entries, ...deals } = dealsProjection({ before }) as Projection;
  const { category, version, handles } = deals;
  return [deals, { name: 'entries', category, version, handles: [...handles, ...merging.types], policies: [], entries: entries! }];
}

const inOneShard: Group = { name: 'spec', partitions: 2, partitionOf: () => 1 };
const inTwo: Group = { name: 'spec', partitions: 2, partitionOf: (id) => (id === 'b' ? 0 : 1) };

function operationsOn(log: () => EventLog) {
  let day = 0;
  async function append(id: string, type: string, data: object) {
    const at = `${days[Math.min(1, day++ >> 3)]}T12:00:00.000Z`;
    const event = newEvent({ type, data, occurredAt: at, recordedAt: at });
    await appendAtHead(log(), `relationship-${id}`, [event]);
    return event.id;
  }
  return {
    open: (id: string, deal: string, value: number) => append(id, 'deal-opened', { deal, value, stage: 'lead' }),
    move: (id: string, deal: string) => append(id, 'deal-moved', { deal, stage: 'offer' }),
    join: (id: string, into: string) => append(id, 'subject-joined', { into }),
    part: (id: string) => append(id, 'subject-parted', {}),
  };
}

const contentsOf = async (store: ReadModelStore, names: readonly string[] = ['deals', 'entries']) =>
  Object.fromEntries(
    await Promise.all(names.map(async (view) => [view, await viewContents(store, (await readAlias(store, view)).current!, days)] as const)),
  );

/** What a projector alone makes of the log from the beginning. */
async function builtFromScratch(log: EventLog, broken?: ReadonlySet<string>) {
  const store = createMemoryReadModels();
  const projector = createProjector({ log, store, projections: views(broken), policies, merging });
  await projector.start();
  await projector.settled();
  await projector.stop();
  return contentsOf(store);
}

describe.each(['memory', 'SQLite'])('subjects of several streams, in a store of %s,', (kind) => {
  let log: EventLog;
  let store: ReadModelStore;
  let folder: string;
  let running: Projector[];
  const { open, move, join, part } = operationsOn(() => log);
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-joined-'));
    log = memoryLog();
    store = kind === 'memory' ? createMemoryReadModels() : openReadModels(`sqlite:${folder}/views.db`);
    running = [];
  });
  afterEach(async () => {
    await stopAll();
    await log.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  async function stopAll(): Promise<void> {
    for (const projector of running.splice(0)) await projector.stop();
  }

  async function started(
    group: Group | undefined,
    into = store,
    projectors: readonly (readonly number[])[] = [[0, 1]],
    broken?: ReadonlySet<string>,
  ) {
    for (const partitions of group ? projectors : [[]]) {
      const projector = createProjector({ log, store: into, projections: views(broken), policies, merging, group, lookMs: 5 });
      running.push(projector);
      await projector.start();
      if (group) projector.assign(partitions);
    }
  }

  async function settled(): Promise<void> {
    const head = await log.head();
    const reader = createViewReader(store);
    for (const view of ['deals', 'entries']) while (!(await reader.waitFor(view, head, 1_000)));
  }

  async function equalsBuildFromScratch(broken?: ReadonlySet<string>) {
    await settled();
    const contents = await contentsOf(store);
    expect(contents).toEqual(await builtFromScratch(log, broken));
    return contents;
  }

  const value = async () => (await createViewReader(store).totals('deals', { by: 'series', prefix: 'measure=value|' }))[0]?.amount;
  const customers = async () => (await createViewReader(store).documents('deals', {})).documents.map(({ key }) => key);

  describe.each([
    ['on one shard', undefined, [[]]],
    ['both in one shard of several', inOneShard, [[0, 1]]],
    ['in two shards of one projector', inTwo, [[0, 1]]],
    ['in two shards of two projectors', inTwo, [[0], [1]]],
  ] as const)('%s,', (_, group, projectors) => {
    it('come together and part again, with events of both in between, to what a build from scratch comes to at every step', async () => {
      await open('a', 'x', 1);
      await open('b', 'y', 10);
      await open('c', 'z', 100);
      await started(group, store, projectors);
      const before = await equalsBuildFromScratch();
      expect(await customers()).toEqual(['a', 'b', 'c']);

      await join('a', 'b');
      const { deals } = await equalsBuildFromScratch();
      expect(await customers()).toEqual(['b', 'c']);
      expect(deals!.rows.map(({ key }) => key)).toEqual(['b|x', 'b|y', 'c|z']);
      expect(deals!.totals).toEqual(before.deals!.totals);
      await part('a');
      const after = await equalsBuildFromScratch();
      expect(after.deals).toEqual(before.deals);

      await join('a', 'b');
      await open('a', 'v', 1000);
      await move('b', 'x');
      await open('b', 'w', 10_000);
      await equalsBuildFromScratch();
      expect([await customers(), await value()]).toEqual([['b', 'c'], 11_111]);
      await part('a');
      await move('a', 'x');
      await equalsBuildFromScratch();
      expect([await customers(), await value()]).toEqual([['a', 'b', 'c'], 11_111]);
    });

    it('in chains', async () => {
      for (const [n, id] of ['a', 'b', 'c'].entries()) await open(id, `of-${id}`, 10 ** n);
      await started(group, store, projectors);
      const steps: readonly (readonly [() => Promise<unknown>, readonly string[]])[] = [
        [() => join('a', 'b'), ['b', 'c']],
        [() => join('b', 'c'), ['c']],
        [() => move('a', 'of-b'), ['c']],
        [() => join('c', 'a'), ['c']],
        [() => part('b'), ['b', 'c']],
        [() => move('a', 'of-a'), ['b', 'c']],
        [() => part('a'), ['a', 'b', 'c']],
        [() => part('a'), ['a', 'b', 'c']],
        [() => join('b', 'a'), ['a', 'c']],
      ];
      for (const [step, left] of steps) {
        await step();
        await equalsBuildFromScratch();
        expect([await customers(), await value()]).toEqual([left, 111]);
      }
    });

    it('with all of it at once, in a restart, and in a build of the order of the log', async () => {
      await open('a', 'x', 1);
      await open('b', 'y', 10);
      await started(group, store, projectors);
      await settled();
      await stopAll();
      await join('a', 'b');
      await move('b', 'x');
      await part('a');
      await open('a', 'z', 100);
      await join('b', 'a');
      await move('b', 'y');
      await started(group, store, projectors);
      const contents = await equalsBuildFromScratch();
      expect([await customers(), await value()]).toEqual([['a'], 111]);
      const { readByStream: _, ...inOrder } = delegating(log, {});
      expect(await builtFromScratch(inOrder as EventLog)).toEqual(contents);
    });

    it('with one that is parked before it is joined: it waits in the survivor, and alone again once it has parted', async () => {
      await open('a', 'x', 1);
      const broken = new Set([await move('a', 'x')]);
      await open('b', 'y', 10);
      await started(group, store, projectors, broken);
      const before = await equalsBuildFromScratch(broken);
      expect(before.deals!.parked.map(({ key }) => key)).toEqual(['a']);
      await join('a', 'b');
      await open('b', 'z', 100);
      const joined = await equalsBuildFromScratch(broken);
      expect(joined.deals!.parked.map(({ key }) => key)).toEqual(['b']);
      await part('a');
      const parted = await equalsBuildFromScratch(broken);
      expect(parted.deals!.parked.map(({ key }) => key)).toEqual(['a']);
      expect(await value()).toBe(111);

      await join('a', 'b');
      await settled();
      broken.clear();
      for (const projector of running) await projector.rebuildSubject('relationship-a');
      expect((await equalsBuildFromScratch()).deals!.parked).toEqual([]);
      expect([await customers(), await value()]).toEqual([['b'], 111]);
    });

    it.each(['joined', 'parted'] as const)(
      'miss those that are being %s between the two commits at most, never count them twice, and go on from there after a crash',
      async (what) => {
        await open('a', 'x', 1);
        await open('b', 'y', 10);
        if (what === 'parted') await join('a', 'b');
        await started(group, store, projectors);
        await settled();
        await stopAll();
        if (what === 'joined') await join('a', 'b');
        else await part('a');
        await open('a', 'z', 100);
        const gaining = what === 'joined' ? 'b' : 'a';
        let hasCrashed = false;
        const crashing: ReadModelStore = {
          ...store,
          async commit(batches) {
            const gains = batches.some(({ upserts }) =>
              upserts.some(({ collection, key }) => collection === 'deals_1_g1_documents' && key === gaining),
            );
            if (hasCrashed || gains) {
              hasCrashed = true;
              throw new Error('crash');
            }
            return store.commit(batches);
          },
        };
        await started(group, crashing, projectors);
        while (!hasCrashed) await new Promise((resolve) => setTimeout(resolve, 5));
        expect(await value()).toBe(10);
        expect(await customers()).toEqual(['b']);
        await stopAll();
        await started(group, store, projectors);
        await equalsBuildFromScratch();
        expect(await value()).toBe(111);
      },
    );

    it('never count twice, however long the shard that they leave takes', async () => {
      await open('a', 'x', 1);
      await open('b', 'y', 10);
      const seen: (number | undefined)[] = [];
      let leaving = 'a';
      const slow: ReadModelStore = {
        ...store,
        async commit(batches) {
          if (batches.some(({ deletes }) => deletes.some(({ key }) => key === leaving)))
            await new Promise((resolve) => setTimeout(resolve, 100));
          await store.commit(batches);
          seen.push(await value().catch(() => undefined));
        },
      };
      await started(group, slow, projectors);
      await settled();
      await join('a', 'b');
      await equalsBuildFromScratch();
      leaving = 'b';
      await part('a');
      await equalsBuildFromScratch();
      expect(Math.max(...seen.map((sum) => sum ?? 0))).toBe(11);
    });

    it('in a rebuild beside what answers, and back in the build before', async () => {
      await open('a', 'x', 1);
      await open('b', 'y', 10);
      await join('a', 'b');
      await started(group, store, projectors);
      await settled();
      await Promise.all(running.slice(0, 1).map((projector) => projector.rebuild('deals')));
      await equalsBuildFromScratch();
      await part('a');
      await join('b', 'a');
      await running[0]!.rollback('deals');
      await settled();
      expect((await readAlias(store, 'deals')).current!.generation).toBe(1);
      await equalsBuildFromScratch();
      expect([await customers(), await value()]).toEqual([['a'], 11]);
    });
  });
});

it('a build by a team folds what is joined once', async () => {
  const log = memoryLog();
  const { open, join } = operationsOn(() => log);
  for (const [n, id] of ['a', 'b', 'c', 'd', 'e'].entries()) await open(id, `of-${id}`, 10 ** n);
  for (const [absorbed, survivor] of [
    ['a', 'b'],
    ['d', 'c'],
    ['b', 'e'],
  ] as const)
    await join(absorbed, survivor);
  const store = createMemoryReadModels();
  const team: BuildTeam = {
    isWorthwhile: () => true,
    build: (task, pace) =>
      Promise.all(
        [2, 0, 1].map((index) =>
          buildInTeam({ log, store, projections: views(), policies }, structuredClone(task), [{ index, of: 3 }], pace),
        ),
      ),
  };
  const projector = createProjector({ log, store, projections: views(), policies, merging, team });
  await projector.start();
  await projector.settled();
  await projector.stop();
  const contents = await contentsOf(store);
  expect(contents).toEqual(await builtFromScratch(log));
  expect(contents.deals!.documents.map(({ key }) => key)).toEqual(['c', 'e']);
});

it('every view of the registry comes to what a build from scratch comes to, and back to what it was', async () => {
  const log = memoryLog();
  const store = createMemoryReadModels();
  await appendCompany(log, 120, 10);
  const names = projections.map(({ name }) => name);
  const projector = createProjector({ log, store, projections, policies, merging });
  const { join, part } = operationsOn(() => log);
  async function contents() {
    await projector.settled();
    const scratch = createMemoryReadModels();
    const another = createProjector({ log, store: scratch, projections, policies, merging });
    await another.start();
    await another.settled();
    await another.stop();
    const found = await contentsOf(store, names);
    expect(found).toEqual(await contentsOf(scratch, names));
    return found;
  }
  await projector.start();
  const before = await contents();
  const [one, other, third] = before.card!.documents.map(({ key }) => key) as [string, string, string];
  await join(one, other);
  await join(other, third);
  const joined = await contents();
  expect(joined.card!.documents.length).toBe(before.card!.documents.length - 2);
  await part(one);
  await part(other);
  expect(await contents()).toEqual(before);
  await projector.stop();
});

const step = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'd-e'),
  type: fc.constantFrom('deal-opened', 'deal-moved', 'note-taken', 'deal-cancelled', 'subject-joined', 'subject-joined', 'subject-parted'),
  deal: fc.constantFrom('x', 'y'),
  into: fc.constantFrom('a', 'b', 'c', 'd'),
  isBroken: fc.constantFrom(false, false, false, false, false, true),
  /** Of an event of the same stream: it is taken back, or this one takes its place. */
  retracts: fc.option(fc.record({ which: fc.nat(), isReplaced: fc.boolean() }), { freq: 4 }),
  isNextDay: fc.constantFrom(false, false, true),
});
const buildOf = (view: string, partitions?: number): Build => ({
  view,
  version: 1,
  generation: 1,
  policies: {},
  ...(partitions !== undefined && { partitions }),
});

describe('joined and parted at random', () => {
  it.each([
    ['one shard', undefined],
    ['three shards', 3],
  ])(
    '%s hold what a build from scratch comes to, however the events were cut into batches, with commits that fail',
    async (_, partitions) => {
      const partitionOf = (id: string) => id.charCodeAt(0) % (partitions ?? 1);
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 40 }),
          fc.infiniteStream(fc.integer({ min: 1, max: 8 })),
          fc.infiniteStream(fc.constantFrom(false, false, false, true)),
          async (steps, cuts, failures) => {
            const log = memoryLog();
            const broken = new Set<string>();
            const counting = new Map<string, string[]>();
            let day = 0;
            for (const { id, type, deal, into, isBroken, retracts, isNextDay } of steps) {
              day = Math.min(day + (isNextDay ? 1 : 0), days.length - 1);
              const recordedAt = `${days[day]}T12:00:00.000Z`;
              const event = newEvent({ type, data: { deal, into, value: 1 }, recordedAt });
              if (isBroken) broken.add(event.id);
              const open = counting.get(id) ?? [];
              counting.set(id, open);
              if (merging.types.includes(type) || retracts === null || open.length === 0) {
                if (!merging.types.includes(type)) open.push(event.id);
                await appendAtHead(log, `relationship-${id}`, [event]);
                continue;
              }
              const [eventId] = open.splice(retracts.which % open.length, 1, ...(retracts.isReplaced ? [event.id] : []));
              const data = { eventId, reason: 'wrong', ...(retracts.isReplaced && { replacedBy: event.id }) };
              const retraction = newEvent({ type: 'event-retracted', recordedAt, data });
              await appendAtHead(log, `relationship-${id}`, retracts.isReplaced ? [retraction, event] : [retraction]);
            }
            const memory = createMemoryReadModels();
            const store: ReadModelStore = {
              ...memory,
              async commit(batches) {
                if (failures.next().value) throw new Error('failed');
                await memory.commit(batches);
              },
            };
            const group = partitions === undefined ? undefined : { name: 'spec', partitions, partitionOf };
            const open = (into: ReadModelStore, of: Group | undefined) =>
              Promise.all(
                views(broken).flatMap((projection) =>
                  Array.from({ length: of?.partitions ?? 1 }, (_, number) =>
                    openShard({
                      store: into,
                      projection,
                      build: buildOf(projection.name, of?.partitions),
                      policies: defaultPolicies,
                      cachedSubjects: 2,
                      ...(of && { partition: { number, of } }),
                    }),
                  ),
                ),
              );
            const subjects = createSubjects(log, merging);
            let shards = await open(store, group);
            const events: DomainEvent[] = [];
            for await (const batch of log.readAll()) events.push(...batch);
            for (let at = 0; at < events.length; ) {
              const end = at + cuts.next().value!;
              const batch = events.slice(at, isHalf(events[end - 1]) ? end + 1 : end);
              at += batch.length;
              const head = batch.at(-1)!.position;
              for (const event of batch) subjects.take(event);
              while (shards.some(({ checkpoint }) => checkpoint < head)) {
                await advanceShards(store, shards, batch, head, { group, subjects }).catch(async (error) => {
                  expect(error).toMatchObject({ message: 'failed' });
                  shards = await open(store, group);
                });
              }
              const scratch = createMemoryReadModels();
              const pace = { commitEvents: 3, signal: new AbortController().signal, progressed: () => undefined };
              await buildByStream(log, scratch, await open(scratch, undefined), head, { ...pace, subjects: createSubjects(log, merging) });
              for (const view of ['deals', 'entries'])
                expect(await viewContents(memory, buildOf(view, partitions), days)).toEqual(
                  await viewContents(scratch, buildOf(view), days),
                );
            }
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});
