import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DomainEvent, EventLog } from '#event-log';
import { createMemoryReadModels, openReadModels, type ReadModelStore } from '#read-models';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { appendAtHead } from '#testing/append-at-head.js';
import { memoryLog } from '#testing/as-written.js';
import { collect } from '#testing/collect.js';
import { newEvent } from '#testing/new-event.js';
import { viewContents } from '#testing/view-contents.js';
import { appendCompany } from '../../../../test/bench/company-log.js';
import type { Projection } from '../projection.js';
import { projections } from '../views.js';
import { readAlias } from './aliases.js';
import { checkpointOf } from './build.js';
import { createProjector, type Projector } from './projector.js';
import { isShared, rebuildSubject, rebuildView, rollbackView } from './requests.js';
import type { ProjectorLogger } from './running.js';
import { createViewReader } from './view-reader.js';

const PARTITIONS = 6;
const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
const partitionOf = (customerId: string) => Number.parseInt(customerId.slice(-4), 16) % PARTITIONS;
const group = { name: 'spec', partitions: PARTITIONS, partitionOf };
const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const views = projections.map(({ name }) => name);

/** A commit on its way for a while, as over a network. */
const slow = (store: ReadModelStore): ReadModelStore => ({
  ...store,
  async commit(batches) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    await store.commit(batches);
  },
});

/** Views with totals that can apply no event of this stream for a while. */
const failingFor = (stream: string, isBroken: () => boolean): readonly Projection[] =>
  projections
    .filter(({ document, contributions }) => document && contributions)
    .map((projection) => ({
      ...projection,
      document: {
        ...projection.document!,
        apply(document, event) {
          if (isBroken() && event.stream === stream) throw new TypeError('no');
          return projection.document!.apply(document, event);
        },
      },
    }));

describe('projectors that share the customers', () => {
  let log: EventLog;
  let store: ReadModelStore;
  let projectors: Projector[];
  beforeEach(async () => {
    log = memoryLog();
    store = createMemoryReadModels();
    projectors = [];
  });
  afterEach(async () => {
    for (const projector of projectors) await projector.stop();
    await log.close();
  });

  async function started(partitions: readonly number[]): Promise<Projector> {
    const projector = createProjector({ log, store: slow(store), projections, policies, group, lookMs: 5, commitEvents: 200 });
    projectors.push(projector);
    await projector.start();
    projector.assign(partitions);
    return projector;
  }

  async function appendSlowly(): Promise<void> {
    const whole = memoryLog();
    await appendCompany(whole, 2_000, 50);
    let count = 0;
    for await (const batch of whole.readAll()) {
      for (const { stream, revision: _revision, position: _position, hash: _hash, ...event } of batch) {
        await appendAtHead(log, stream, [event]);
        if (count++ % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  async function until(reached: () => Promise<boolean>): Promise<void> {
    while (!(await reached())) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  async function settled(generation = 1, of = views): Promise<void> {
    const head = await log.head();
    for (const view of of) {
      await until(async () => {
        const { current, building } = await readAlias(store, view);
        return !building && current !== undefined && current.generation >= generation && (await checkpointOf(store, current)) >= head;
      });
    }
  }

  /** Names of the parts of views that are not what one projector alone makes of the same log. */
  async function unlikeAlone(under = policies, of = views): Promise<readonly string[]> {
    const alone = createMemoryReadModels();
    const projector = createProjector({
      log,
      store: alone,
      projections: projections.filter(({ name }) => of.includes(name)),
      policies: under,
    });
    await projector.start();
    await projector.settled();
    await projector.stop();
    const contents = async (from: ReadModelStore, view: string) =>
      viewContents(from, (await readAlias(from, view)).current!, ['2024-06-30', '2025-06-30', '2030-01-01']);
    const wrong: string[] = [];
    for (const view of of) {
      const [ours, theirs] = [await contents(store, view), await contents(alone, view)];
      expect(theirs.documents.length + theirs.entries.length).toBeGreaterThan(0);
      for (const [part, content] of Object.entries(theirs))
        if (!isDeepStrictEqual(content, ours[part as keyof typeof ours])) wrong.push(`${view}.${part}`);
    }
    return wrong;
  }

  async function someone(): Promise<string> {
    return (await collect<DomainEvent>(log.readAll({ streamPrefix: 'relationship-' })))[0]!.stream;
  }

  it('come to what one alone comes to', async () => {
    await appendCompany(log, 1_000, 40);
    await started([0, 2, 4]);
    await started([1, 3, 5]);
    await settled();
    await appendCompany(log, 1_000, 80);
    await settled();
    expect(await unlikeAlone()).toEqual([]);
  });

  it('wait with a view until every partition of it is built', async () => {
    await appendCompany(log, 500, 20);
    await started([0, 1, 2]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await readAlias(store, 'card')).current).toBeUndefined();
    await started([3, 4, 5]);
    await settled();
    expect(await unlikeAlone()).toEqual([]);
  });

  it('lose and double nothing while partitions change hands at random, some in two hands at once, and projectors end', async () => {
    const appended = appendSlowly();
    for (let round = 0; round < 40; round++) {
      if (projectors.length < 3) await started([]);
      const hands = projectors.map(() => [] as number[]);
      for (const partition of all) {
        hands[Math.floor(Math.random() * hands.length)]!.push(partition);
        if (Math.random() < 0.2) hands[Math.floor(Math.random() * hands.length)]!.push(partition);
      }
      for (const [i, projector] of projectors.entries()) projector.assign(hands[i]!);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 80));
      if (round % 7 === 6) await projectors.shift()!.stop();
    }
    await appended;
    for (const projector of projectors) projector.assign([]);
    projectors[0]!.assign(all);
    await settled();
    expect(await unlikeAlone()).toEqual([]);
  });

  it('rebuild a view beside the one that answers: when asked, and when a policy changes', async () => {
    await appendCompany(log, 500, 20);
    await started([0, 1]);
    await started([2, 3, 4, 5]);
    await settled();
    const { signal } = new AbortController();
    await Promise.all(views.map((view) => rebuildView(store, view, { signal })));
    await settled(2);
    expect(await unlikeAlone()).toEqual([]);

    const before = (await readAlias(store, 'ladder')).current!;
    const document = { ...defaultPolicies.ladder[0]!.document, version: 2 };
    await log.append('policy-ladder', 'none', [
      newEvent({ type: 'policy-published', data: { name: 'ladder', version: 2, effectiveFrom: '2024-01-01T00:00:00.000Z', document } }),
    ]);
    await until(async () => (await readAlias(store, 'ladder')).current!.generation > before.generation);
    await settled();
    expect((await readAlias(store, 'ladder')).current!.policies).toEqual({ company: -1, ladder: 0 });
    expect(await unlikeAlone()).toEqual([]);
  });

  it('do not put a version that can apply nothing in the place of a view, nor try again before they are asked', async () => {
    await appendCompany(log, 100, 10);
    const [card] = projections;
    const sharedBy = async (projection: Projection) => {
      const projector = createProjector({ log, store, projections: [projection], policies, group, lookMs: 5 });
      projectors.push(projector);
      await projector.start();
      projector.assign(all);
      return projector;
    };
    const first = await sharedBy(card!);
    await until(async () => (await readAlias(store, 'card')).current !== undefined);
    await first.stop();
    const { current } = await readAlias(store, 'card');
    const apply = () => {
      throw new TypeError('no');
    };
    await sharedBy({ ...card!, version: 99, document: { ...card!.document!, apply } });
    await until(async () => (await readAlias(store, 'card')).rejected !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await readAlias(store, 'card')).toMatchObject({ current, generations: 2, rejected: { version: 99, partitions: PARTITIONS } });
    await expect(rebuildView(store, 'card', { signal: new AbortController().signal })).rejects.toMatchObject({ name: 'RebuildRejected' });
    expect(await readAlias(store, 'card')).toMatchObject({ current, generations: 3 });
  });

  it('rebuild what other code built, and drop that', async () => {
    await appendCompany(log, 200, 10);
    const [card] = projections;
    const sharedBy = async (code: string) => {
      const projector = createProjector({ log, store, projections: [{ ...card!, code }], policies, group, lookMs: 5 });
      projectors.push(projector);
      await projector.start();
      projector.assign(all);
      return projector;
    };
    const readBy = (code: string) => createViewReader(store, { card: code }).documents('card', {});
    const former = await sharedBy('one');
    await until(async () => (await readAlias(store, 'card')).current !== undefined);
    expect((await readBy('one')).documents.length).toBeGreaterThan(0);
    await former.stop();
    await expect(readBy('two')).rejects.toMatchObject({ name: 'ViewNotReady' });
    await sharedBy('two');
    await until(async () => (await readAlias(store, 'card')).current?.code === 'two');
    expect((await readBy('two')).documents.length).toBeGreaterThan(0);
    const { current, previous, retired } = await readAlias(store, 'card');
    expect([previous, retired.map(({ code }) => code)]).toEqual([undefined, ['one']]);
    await until(async () => (await readAlias(store, 'card')).retired.length === 0);
    expect((await readAlias(store, 'card')).current).toEqual(current);
  });

  it('go back to the build before, each with its partitions, and stay there', async () => {
    await appendCompany(log, 300, 20);
    await started([0, 1, 2]);
    await started([3, 4, 5]);
    await settled();
    const { signal } = new AbortController();
    await expect(rollbackView(store, 'ladder', { signal })).rejects.toMatchObject({ name: 'NoRollback' });
    const document = { ...defaultPolicies.ladder[0]!.document, version: 2 };
    const published = { name: 'ladder', version: 2, effectiveFrom: '2024-01-01T00:00:00.000Z', document };
    await log.append('policy-ladder', 'none', [newEvent({ type: 'policy-published', data: published })]);
    await until(async () => (await readAlias(store, 'ladder')).current!.generation === 2);
    await appendCompany(log, 300, 40);
    await rollbackView(store, 'ladder', { signal });
    expect(await readAlias(store, 'ladder')).toMatchObject({ current: { generation: 1 }, previous: { generation: 2 }, pinned: true });
    await settled();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await readAlias(store, 'ladder')).current).toMatchObject({ generation: 1, policies: { ladder: -1 } });
    const defaults = { ...policies, apply: (history: typeof defaultPolicies) => history };
    expect(await unlikeAlone(defaults, ['ladder'])).toEqual([]);
  });

  it('refold a customer in every build, one who is parked continues, and the totals end as those of one alone', async () => {
    await appendCompany(log, 300, 20);
    let broken = true;
    const stream = await someone();
    const views = failingFor(stream, () => broken);
    for (const partitions of [
      [0, 1, 2],
      [3, 4, 5],
    ]) {
      const projector = createProjector({ log, store: slow(store), projections: views, policies, group, lookMs: 5 });
      projectors.push(projector);
      await projector.start();
      projector.assign(partitions);
    }
    const names = views.map(({ name }) => name);
    await settled(1, names);
    const parkedOnes = () => projectors.flatMap((projector) => projector.parked().map(({ subject }) => subject));
    expect(new Set(parkedOnes())).toEqual(new Set([stream.slice('relationship-'.length)]));
    broken = false;
    const waiting = { signal: new AbortController().signal, lookMs: 5 };
    await Promise.all([1, 2, 3].map(() => rebuildSubject(store, stream, waiting)));
    expect(parkedOnes()).toEqual([]);
    expect(await unlikeAlone(policies, names)).toEqual([]);
    await appendCompany(log, 300, 40);
    await settled(1, names);
    expect(await unlikeAlone(policies, names)).toEqual([]);
  });

  it('answer whoever asks for a stream that no view reads, and continue with the requests behind it', async () => {
    await appendCompany(log, 100, 5);
    await started(all);
    await settled();
    const waiting = { signal: new AbortController().signal, lookMs: 5 };
    await expect(rebuildSubject(store, 'nothing-1', waiting)).rejects.toMatchObject({ name: 'SubjectNotRebuilt', reason: 'TypeError' });
    await rebuildSubject(store, await someone(), waiting);
    expect(await store.count('requests')).toBe(0);
    expect(await unlikeAlone()).toEqual([]);
  });

  it('double no total when two of them refold a customer in the same partition at the same time', async () => {
    await appendCompany(log, 200, 5);
    let broken = true;
    const stream = await someone();
    const views = failingFor(stream, () => broken);
    const names = views.map(({ name }) => name);
    for (let n = 0; n < 2; n++) {
      const projector = createProjector({ log, store, projections: views, policies, group, lookMs: 5 });
      projectors.push(projector);
      await projector.start();
      projector.assign(all);
    }
    await settled(1, names);
    await until(async () => projectors.every((projector) => projector.parked().length === names.length));
    broken = false;
    const ends = await Promise.allSettled(projectors.map((projector) => projector.rebuildSubject(stream)));
    expect(ends.map(({ status }) => status)).toContain('fulfilled');
    expect(ends.map(({ status }) => status)).toContain('rejected');
    expect(await unlikeAlone(policies, names)).toEqual([]);
  });

  it('keep a projector alone away from their views, and are kept away by one', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-group-'));
    const opened = [1, 2, 3].map(() => openReadModels(`sqlite:${folder}/views.db`));
    const [card] = projections;
    const said: unknown[] = [];
    const logger: ProjectorLogger = { info: () => undefined, warn: () => undefined, error: (fields) => void said.push(fields) };
    await appendCompany(log, 100, 10);
    const member = (of: ReadModelStore) => createProjector({ log, store: of, projections: [card!], policies, group, lookMs: 5, logger });
    const [first, second] = [member(opened[0]!), member(opened[1]!)];
    await Promise.all([first.start(), second.start()]);
    first.assign([0, 2, 4]);
    second.assign([1, 3, 5]);
    store = opened[0]!;
    await settled(1, ['card']);
    const alone = createProjector({ log, store: opened[2]!, projections: [card!], policies, logger });
    const start = alone.start();
    await until(async () => said.length > 0);
    expect(said[0]).toMatchObject({ error: 'ReadModelsUnavailable', reason: expect.stringContaining('the views are kept up to date by') });
    expect((await readAlias(store, 'card')).current).toMatchObject({ partitions: PARTITIONS, generation: 1 });
    for (const [i, each] of [first, second].entries()) {
      await each.stop();
      await opened[i]!.close();
    }
    await start;
    await alone.settled();
    expect((await readAlias(opened[2]!, 'card')).current).toMatchObject({ generation: 2 });
    const late = openReadModels(`sqlite:${folder}/views.db`);
    await expect(late.hold!('spec')).rejects.toMatchObject({ message: expect.stringContaining(`process ${process.pid}`) });
    await alone.stop();
    await Promise.all([late.close(), opened[2]!.close()]);
    rmSync(folder, { recursive: true });
  });

  it('take over from a projector that built the views alone', async () => {
    await appendCompany(log, 500, 20);
    const alone = createProjector({ log, store, projections, policies });
    await alone.start();
    await alone.settled();
    await alone.stop();
    expect(await isShared(store, 'card')).toBe(false);
    await started(all);
    await settled(2);
    expect(await isShared(store, 'card')).toBe(true);
    expect(await unlikeAlone()).toEqual([]);
  });
});
