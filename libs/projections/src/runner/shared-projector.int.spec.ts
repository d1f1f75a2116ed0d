import { isDeepStrictEqual } from 'node:util';
import { type EventLog } from '#event-log';
import { createMemoryReadModels, type ReadModelStore } from '#read-models';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { appendAtHead } from '#testing/append-at-head.js';
import { memoryLog } from '#testing/as-written.js';
import { newEvent } from '#testing/new-event.js';
import { viewContents } from '#testing/view-contents.js';
import { appendCompany } from '../../../../test/bench/company-log.js';
import type { Projection } from '../projection.js';
import { projections } from '../views.js';
import { readAlias } from './aliases.js';
import { checkpointOf } from './instance.js';
import { createProjector } from './projector.js';
import { createSharedProjector, type SharedProjector } from './shared-projector.js';
import { isShared, rebuildShared } from './shared-views.js';
import { createViewReader } from './view-reader.js';

const PARTITIONS = 6;
const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
const sharing = { partitions: PARTITIONS, partitionOf: (customerId: string) => Number.parseInt(customerId.slice(-4), 16) % PARTITIONS };
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

describe('projectors that share the customers', () => {
  let log: EventLog;
  let store: ReadModelStore;
  let projectors: SharedProjector[];
  beforeEach(async () => {
    log = memoryLog();
    store = createMemoryReadModels();
    projectors = [];
  });
  afterEach(async () => {
    for (const projector of projectors) await projector.stop();
    await log.close();
  });

  async function started(partitions: readonly number[]): Promise<SharedProjector> {
    const projector = createSharedProjector({ log, store: slow(store), projections, policies, sharing, lookMs: 5, commitEvents: 200 });
    projectors.push(projector);
    projector.start();
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
  async function settled(generation = 1): Promise<void> {
    const head = await log.head();
    for (const view of views) {
      await until(async () => {
        const { current, building } = await readAlias(store, view);
        return !building && current !== undefined && current.generation >= generation && (await checkpointOf(store, current)) >= head;
      });
    }
  }

  /** Names of the parts of views that are not what one projector alone makes of the same log. */
  async function unlikeAlone(): Promise<readonly string[]> {
    const alone = createMemoryReadModels();
    const projector = createProjector({ log, store: alone, projections, policies });
    await projector.start();
    await projector.settled();
    await projector.stop();
    const contents = async (from: ReadModelStore, view: string) =>
      viewContents(from, (await readAlias(from, view)).current!, ['2024-06-30', '2025-06-30', '2030-01-01']);
    const wrong: string[] = [];
    for (const view of views) {
      const [ours, theirs] = [await contents(store, view), await contents(alone, view)];
      expect(theirs.documents.length + theirs.entries.length).toBeGreaterThan(0);
      for (const [part, content] of Object.entries(theirs))
        if (!isDeepStrictEqual(content, ours[part as keyof typeof ours])) wrong.push(`${view}.${part}`);
    }
    return wrong;
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

  it('wait with a view until every partition of it is filled', async () => {
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

  it('fill a view anew beside the one that answers: when asked, and when a policy changes', async () => {
    await appendCompany(log, 500, 20);
    await started([0, 1]);
    await started([2, 3, 4, 5]);
    await settled();
    const { signal } = new AbortController();
    await Promise.all(views.map((view) => rebuildShared(store, view, signal)));
    await settled(2);
    expect(await unlikeAlone()).toEqual([]);

    const before = (await readAlias(store, 'ladder')).current!;
    const document = { ...defaultPolicies.ladder[0]!.document, version: 2 };
    await log.append('policy-ladder', 'none', [
      newEvent({ type: 'policy-published', data: { name: 'ladder', version: 2, effectiveFrom: '2024-01-01T00:00:00.000Z', document } }),
    ]);
    await until(async () => (await readAlias(store, 'ladder')).current!.generation > before.generation);
    await settled();
    expect((await readAlias(store, 'ladder')).current!.policies).toEqual({ ladder: 0 });
    expect(await unlikeAlone()).toEqual([]);
  });

  it('do not put a version that can apply nothing in the place of a view, nor try again before they are asked', async () => {
    await appendCompany(log, 100, 10);
    const [card] = projections;
    const sharedBy = async (projection: Projection) => {
      const projector = createSharedProjector({ log, store, projections: [projection], policies, sharing, lookMs: 5 });
      projectors.push(projector);
      projector.start();
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
    await until(async () => (await readAlias(store, 'card')).refused !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await readAlias(store, 'card')).toMatchObject({ current, generations: 2, refused: { version: 99, partitions: PARTITIONS } });
    await expect(rebuildShared(store, 'card', new AbortController().signal)).rejects.toMatchObject({ name: 'RebuildRefused' });
    expect(await readAlias(store, 'card')).toMatchObject({ current, generations: 3 });
  });

  it('build anew what other code built, and drop that', async () => {
    await appendCompany(log, 200, 10);
    const [card] = projections;
    const sharedBy = (code: string) => {
      const projector = createSharedProjector({ log, store, projections: [{ ...card!, code }], policies, sharing, lookMs: 5 });
      projectors.push(projector);
      projector.start();
      projector.assign(all);
      return projector;
    };
    const readBy = (code: string) => createViewReader(store, { card: code }).documents('card', {});
    const former = sharedBy('one');
    await until(async () => (await readAlias(store, 'card')).current !== undefined);
    expect((await readBy('one')).documents.length).toBeGreaterThan(0);
    await former.stop();
    await expect(readBy('two')).rejects.toMatchObject({ name: 'ViewNotReady' });
    sharedBy('two');
    await until(async () => (await readAlias(store, 'card')).current?.code === 'two');
    expect((await readBy('two')).documents.length).toBeGreaterThan(0);
    const { current, previous, retired } = await readAlias(store, 'card');
    expect([previous, retired.map(({ code }) => code)]).toEqual([undefined, ['one']]);
    await until(async () => (await readAlias(store, 'card')).retired.length === 0);
    expect((await readAlias(store, 'card')).current).toEqual(current);
  });

  it('keep a projector alone away from their views', async () => {
    await appendCompany(log, 500, 20);
    await started(all);
    await settled();
    const said: unknown[] = [];
    const logger = { info: () => undefined, warn: () => undefined, error: (facts: object) => void said.push(facts) };
    const alone = createProjector({ log, store, projections, policies, logger });
    const start = alone.start();
    await until(async () => said.length > 0);
    expect(said[0]).toMatchObject({ error: 'ReadModelsUnavailable', reason: expect.stringContaining('PROJECTOR=off') });
    await alone.stop();
    await start;
    expect((await readAlias(store, 'card')).current).toMatchObject({ partitions: PARTITIONS, generation: 1 });
  });

  it('take over from a projector that filled the views alone', async () => {
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
