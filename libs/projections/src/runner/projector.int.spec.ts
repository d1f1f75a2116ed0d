import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { delegating, type EventLog } from '#event-log';
import { createMemoryReadModels, openReadModels, type ReadModelStore, UnreadableDocument } from '#read-models';
import { applyPolicyEvent } from '#relationship/policies/events.js';
import { defaultPolicies } from '#relationship/policies/policy.js';
import { appendAtHead } from '#testing/append-at-head.js';
import { memoryLog } from '#testing/as-written.js';
import { type DealsDocument, type DealsOptions, dealsProjection } from '#testing/deals-projection.js';
import { newEvent } from '#testing/new-event.js';
import { viewContents } from '#testing/view-contents.js';
import { contributorsTo } from '../contributor.js';
import { contributionsOf } from '../derived.js';
import type { Projection } from '../projection.js';
import { readAlias } from './aliases.js';
import { collectionsOf } from './build.js';
import { createProjector, type Projector } from './projector.js';
import { createViewReader } from './view-reader.js';

const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
const asProjection = (options: DealsOptions) => dealsProjection(options) as Projection;

/** Like the timeline: nothing but entries of events. */
function entriesAlone(options: DealsOptions): Projection {
  const { name, category, version, handles, entries } = dealsProjection(options);
  const of: NonNullable<Projection['entries']>['of'] = (event) => {
    options.before?.(event.id);
    return entries!.of(event);
  };
  return { name, category, version, handles, policies: [], entries: { ...entries!, of } };
}

describe('a projector', () => {
  let log: EventLog;
  let store: ReadModelStore;
  let running: Projector[];
  beforeEach(async () => {
    log = memoryLog();
    store = createMemoryReadModels();
    running = [];
  });
  afterEach(async () => {
    for (const projector of running) await projector.stop();
    await log.close();
    await store.close();
  });

  async function started(options: DealsOptions | readonly DealsOptions[] = {}, into = store): Promise<Projector> {
    const projections = [options].flat().map((each) => asProjection(each));
    const projector = createProjector({ log, store: into, projections, policies, commitEvents: 20 });
    running.push(projector);
    await projector.start();
    return projector;
  }
  async function settled(options: DealsOptions | readonly DealsOptions[] = {}): Promise<Projector> {
    const projector = await started(options);
    await projector.settled();
    return projector;
  }
  const append = async (customer: string, type: string, data: object, day = '2026-01-01') => {
    const at = `${day}T12:00:00.000Z`;
    const event = newEvent({ type, data, occurredAt: at, recordedAt: at });
    return { ...(await appendAtHead(log, `relationship-${customer}`, [event])), id: event.id };
  };
  const open = (customer: string, deal = 'a', value = 10) => append(customer, 'deal-opened', { deal, value, stage: 'lead' });
  const publish = (version: number) =>
    appendAtHead(log, 'policy-cadence', [
      newEvent({ type: 'policy-published', data: { name: 'cadence', version, effectiveFrom: '2026-01-01T00:00:00.000Z', document: {} } }),
    ]);
  const value = async (view = 'deals') =>
    (await createViewReader(store).totals(view, { by: 'series', prefix: 'measure=value|' }))[0]?.amount;
  const contents = async (view = 'deals') => viewContents(store, (await readAlias(store, view)).current!, ['2026-01-01', '2030-01-01']);
  const generation = async (view = 'deals') => (await readAlias(store, view)).current?.generation;

  it('shows what was there before it started and what comes afterwards', async () => {
    await open('c1');
    const projector = await settled();
    expect(await value()).toBe(10);
    const { position } = await open('c2');
    const reader = createViewReader(store);
    expect(await reader.waitFor('deals', position, 60_000)).toBe(true);
    expect(await value()).toBe(20);
    expect((await reader.document<DealsDocument>('deals', 'c2'))?.body.deals).toMatchObject({ a: { value: 10 } });
    expect((await reader.rows('deals', { where: { stage: 'lead' } })).documents.map(({ key }) => key)).toEqual(['c1|a', 'c2|a']);
    expect(await projector.status()).toMatchObject([
      { view: 'deals', build: 'deals@1.1', state: 'live', lagSeconds: 0, parked: 0, checkpoint: position },
    ]);
  });

  it('moves its checkpoint over events that no view handles', async () => {
    await settled();
    const { position } = await appendAtHead(log, 'campaign-1', [newEvent()]);
    expect(await createViewReader(store).waitFor('deals', position, 60_000)).toBe(true);
  });

  it('drops the builds of a view that is no more, and numbers on where it comes back', async () => {
    await open('c1');
    await (await settled()).stop();
    const { current } = await readAlias(store, 'deals');
    const without = createProjector({ log, store, projections: [], formerViews: ['deals', 'never'], policies });
    running.push(without);
    await without.start();
    await expect(store.count(collectionsOf(current!).documents)).rejects.toMatchObject({ name: 'UnknownCollection' });
    expect(await readAlias(store, 'deals')).toEqual({ retired: [], generations: 1, pinned: false });
    await without.stop();
    await settled();
    expect([await generation(), await value()]).toEqual([2, 10]);
  });

  it('names the events behind every number', async () => {
    const { id } = await open('c1');
    const moved = await append('c1', 'deal-moved', { deal: 'a', stage: 'offer' });
    await open('c2');
    await settled();
    const reader = createViewReader(store);
    const context = { reader, log, policies: defaultPolicies, now: '2026-12-31T00:00:00.000Z' };
    const behind = async (series: string) =>
      (await contributorsTo(context, asProjection({}), { series, limit: 10, asOf: context.now })).contributors.map(
        ({ customerId, events }) => [customerId, events] as const,
      );
    expect(await behind('measure=open|stage=offer|')).toEqual([['c1', [id, moved.id]]]);
    expect((await behind('measure=value|')).map(([customer]) => customer)).toEqual(['c1', 'c2']);
    expect(await behind('measure=open|')).toEqual([]);
  });

  it('continues after a restart where it was, and reads nothing twice', async () => {
    await open('c1');
    await (await settled()).stop();
    await open('c1', 'b');
    let applied = 0;
    await settled({ before: () => applied++ });
    expect(applied).toBe(1);
    expect(await value()).toBe(20);
    expect(await generation()).toBe(1);
  });

  it.each([
    { put: 'an older copy of the log', copied: 2, further: 0, known: 20 },
    { put: 'an older copy of the log that has grown beyond them again', copied: 2, further: 4, known: 60 },
    { put: 'another log that has got further', copied: 0, further: 5, known: 50 },
    { put: 'an empty log', copied: 0, further: 0, known: undefined },
  ])('rebuilds the views where $put is put in the place of theirs', async ({ copied, further, known }) => {
    for (const customer of ['c1', 'c2', 'c3']) await open(customer);
    await (await settled()).stop();
    const former = log;
    log = memoryLog();
    for await (const batch of former.readAll()) {
      for (const { stream, revision: _r, position: _p, hash: _h, ...event } of batch.slice(0, copied))
        await appendAtHead(log, stream, [event]);
    }
    await former.close();
    for (let n = 0; n < further; n++) await open('c9', `d${n}`);
    const projector = await settled();
    expect(await value()).toBe(known);
    expect(await generation()).toBe(2);
    await open('c4', 'a', 7);
    await projector.settled();
    expect(await value()).toBe((known ?? 0) + 7);
    await projector.stop();
    await settled();
    expect(await generation()).toBe(2);
    expect(await createViewReader(store).document('deals', 'c3')).toBeUndefined();
  });

  it('rebuilds the views where an older copy has grown beyond them since they followed the log', async () => {
    await open('c1');
    const projector = await settled();
    for (const customer of ['c2', 'c3']) await open(customer);
    await projector.settled();
    await projector.stop();
    const former = log;
    log = memoryLog();
    for await (const [first] of former.readAll()) {
      const { stream, revision: _r, position: _p, hash: _h, ...event } = first!;
      await appendAtHead(log, stream, [event]);
    }
    await former.close();
    for (let n = 0; n < 4; n++) await open('c9', `d${n}`);
    await settled();
    expect(await value()).toBe(50);
    expect(await generation()).toBe(2);
  });

  it('keeps up with many appends at once', async () => {
    await settled([{}, { name: 'more-deals' }]);
    await Promise.all(Array.from({ length: 300 }, (_, i) => open(`c${i % 20}`, `d${i}`, 1)));
    const reader = createViewReader(store);
    expect(await reader.waitFor('more-deals', await log.head(), 60_000)).toBe(true);
    expect([await value(), await value('more-deals')]).toEqual([300, 300]);
  });

  describe('rebuilding', () => {
    it('builds a new version beside the old one, switches, and drops the old one, which is no rollback', async () => {
      await open('c1');
      await (await settled()).stop();
      const { current: old } = await readAlias(store, 'deals');
      const projector = await settled({ version: 2, factor: 3 });
      expect(await value()).toBe(30);
      const { previous, ...alias } = await readAlias(store, 'deals');
      expect({ previous, ...alias }).toMatchObject({ previous: undefined, current: { version: 2, generation: 2 }, retired: [] });
      await projector.stop();
      await expect(store.count(collectionsOf(old!).documents)).rejects.toMatchObject({ name: 'UnknownCollection' });
      await expect(projector.rollback('deals')).rejects.toMatchObject({ name: 'NoRollback' });
    });

    it('lets the old version answer until the new one has caught up', async () => {
      await open('c1');
      await (await settled()).stop();
      const answers: (number | undefined)[] = [];
      const projector = createProjector({
        log,
        store,
        policies,
        projections: [asProjection({ version: 2, factor: 3 })],
        onProgress: () => void value().then((answer) => answers.push(answer)),
      });
      running.push(projector);
      await projector.start();
      await projector.settled();
      expect(answers[0]).toBe(10);
      expect(await value()).toBe(30);
    });

    it('rebuilds on demand to the same contents, and drops the build before the last', async () => {
      for (const customer of ['c1', 'c2']) await open(customer);
      const projector = await settled();
      const first = collectionsOf((await readAlias(store, 'deals')).current!);
      const before = await contents();
      await projector.rebuild('deals');
      await open('c3');
      await projector.rebuild('deals');
      expect(await generation()).toBe(3);
      await projector.settled();
      await expect(store.count(first.documents)).rejects.toMatchObject({ name: 'UnknownCollection' });
      expect((await contents()).documents.slice(0, 2)).toEqual(before.documents);
      expect(await value()).toBe(30);
    });

    it('is done once for all who ask while it runs', async () => {
      await open('c1');
      let [first, asked]: (Promise<void> | undefined)[] = [];
      const projector: Projector = await started(
        {},
        {
          ...store,
          commit: async (batches) => {
            if (first) asked ??= projector.rebuild('deals');
            return store.commit(batches);
          },
        },
      );
      await projector.settled();
      first = projector.rebuild('deals');
      await first;
      await asked;
      expect(await generation()).toBe(2);
    });

    it('leaves nothing behind of a rebuild that was cut off', async () => {
      await open('c1');
      let cut = false;
      const projector = await started(
        {},
        {
          ...store,
          commit: async (batches) => {
            if (cut) throw new Error('cut off');
            return store.commit(batches);
          },
        },
      );
      await projector.settled();
      cut = true;
      const never = projector.rebuild('deals').catch(() => undefined);
      while (!(await readAlias(store, 'deals')).building) await new Promise((resolve) => setTimeout(resolve, 5));
      const { building } = await readAlias(store, 'deals');
      await projector.stop();
      await never;
      await settled();
      expect(await readAlias(store, 'deals')).toMatchObject({ current: { generation: 1 }, retired: [] });
      expect((await readAlias(store, 'deals')).building).toBeUndefined();
      await expect(store.count(collectionsOf(building!).documents)).rejects.toMatchObject({ name: 'UnknownCollection' });
    });

    it('loses nothing that is appended while it rebuilds', async () => {
      for (let i = 0; i < 50; i++) await open(`c${i}`, 'a', 1);
      const projector = await settled();
      const rebuilt = projector.rebuild('deals');
      for (let i = 0; i < 200; i++) await open(`c${i % 60}`, `x${i}`, 1);
      await rebuilt;
      await projector.settled();
      expect(await value()).toBe(250);
      await projector.rebuild('deals');
      expect(await value()).toBe(250);
    });

    it('rebuilds a view when a policy that it depends on is published, and not for others', async () => {
      await open('c1');
      const projector = await settled();
      await appendAtHead(log, 'policy-ladder', [
        newEvent({ type: 'policy-published', data: { name: 'ladder', version: 2, effectiveFrom: '2026', document: {} } }),
      ]);
      await projector.settled();
      expect(await generation()).toBe(1);
      await publish(2);
      await projector.settled();
      expect(await generation()).toBe(2);
      expect(await value()).toBe(20);
      await open('c1', 'b');
      await projector.settled();
      expect(await value()).toBe(40);
    });

    it('knows after a restart under which policies it was built', async () => {
      await publish(2);
      await open('c1');
      await (await settled()).stop();
      await open('c2');
      await settled();
      expect(await generation()).toBe(1);
      expect(await value()).toBe(40);
    });

    it('goes back to the build before, brought up to date, and stays there', async () => {
      await open('c1');
      const projector = await settled();
      await publish(2);
      await projector.settled();
      await open('c2');
      await projector.settled();
      expect(await value()).toBe(40);
      await projector.rollback('deals');
      expect(await value()).toBe(20);
      await open('c3');
      await projector.settled();
      expect(await value()).toBe(30);
      expect(await generation()).toBe(1);
      await projector.rebuild('deals');
      expect(await value()).toBe(60);
    });

    it('keeps no build for a rollback that may hold a customer who was erased since', async () => {
      await open('c1');
      const projector = await settled();
      await publish(2);
      await projector.settled();
      const { previous } = await readAlias(store, 'deals');
      await append('c1', 'customer-erased', { code: 'unstated' });
      await projector.settled();
      for (let alias = await readAlias(store, 'deals'); alias.previous || alias.retired.length > 0; alias = await readAlias(store, 'deals'))
        await sleep(10);
      await expect(store.count(collectionsOf(previous!).documents)).rejects.toMatchObject({ name: 'UnknownCollection' });
      await expect(projector.rollback('deals')).rejects.toMatchObject({ name: 'NoRollback' });
    });

    const failing = () => {
      throw new TypeError('no');
    };

    it.each([
      { that: 'has documents', as: asProjection },
      { that: 'has entries alone', as: entriesAlone },
    ])(
      'does not put a version that can apply nothing in the place of a view that $that, nor try again before it is asked',
      async ({ as }) => {
        const startedAs = async (options: DealsOptions) => {
          const projector = createProjector({ log, store, projections: [as(options)], policies, commitEvents: 20 });
          running.push(projector);
          await projector.start();
          await projector.settled();
          return projector;
        };
        await open('c1');
        await (await startedAs({})).stop();
        const before = await contents();
        const rejecting = await startedAs({ version: 2, before: failing });
        const answering = { current: { version: 1, generation: 1 }, generations: 2, rejected: { version: 2 }, retired: [] };
        expect(await readAlias(store, 'deals')).toMatchObject(answering);
        expect(await contents()).toEqual(before);
        expect(await rejecting.status()).toMatchObject([
          { state: 'empty', rejected: expect.stringContaining('is empty and was rejected') },
        ]);
        await open('c2');
        await rejecting.stop();
        const again = await startedAs({ version: 2, before: failing });
        expect(await readAlias(store, 'deals')).toMatchObject(answering);
        await expect(again.rebuild('deals')).rejects.toMatchObject({ name: 'RebuildRejected' });
        expect(await readAlias(store, 'deals')).toMatchObject({ ...answering, generations: 3 });
        await again.stop();
        await startedAs({ version: 3 });
        expect(await readAlias(store, 'deals')).toMatchObject({ current: { version: 3 }, retired: [] });
        expect((await readAlias(store, 'deals')).rejected).toBeUndefined();
      },
    );

    it('does not go back to a build that is empty', async () => {
      await open('c1');
      let broken = true;
      const projector = await settled({
        before: () => {
          if (broken) failing();
        },
      });
      broken = false;
      await projector.rebuild('deals');
      await expect(projector.rollback('deals')).rejects.toMatchObject({ name: 'RebuildRejected' });
      expect(await generation()).toBe(2);
      expect(await value()).toBe(10);
    });

    it('says so when there is nothing to go back to', async () => {
      const projector = await settled();
      await expect(projector.rollback('deals')).rejects.toMatchObject({ name: 'NoRollback', view: 'deals' });
      await expect(projector.rebuild('nothing')).rejects.toMatchObject({ name: 'UnknownView' });
    });

    it('starts over when it was interrupted half way', async () => {
      for (let i = 0; i < 90; i++) await open(`c${i}`, 'a', 1);
      let commits = 0;
      const failing: ReadModelStore = {
        ...store,
        async commit(batches) {
          if (++commits === 3) throw new Error('power cut');
          await store.commit(batches);
        },
      };
      const first = await started({}, failing);
      while (commits < 3) await new Promise((resolve) => setTimeout(resolve, 5));
      await first.stop();
      expect(await generation()).toBeUndefined();
      await settled();
      expect(await value()).toBe(90);
      expect(await readAlias(store, 'deals')).toMatchObject({ current: { generation: 2 }, retired: [] });
      await expect(store.count('deals_1_g1_documents')).rejects.toMatchObject({ name: 'UnknownCollection' });
    });

    it('builds from the order of the log where the log cannot read by stream', async () => {
      for (let i = 0; i < 20; i++) await open(`c${i % 3}`, `d${i}`, 1);
      await settled();
      const byStream = await contents();
      const plain = delegating(log, {});
      delete plain.readByStream;
      const other = createMemoryReadModels();
      const projector = createProjector({ log: plain, store: other, projections: [asProjection({})], policies });
      running.push(projector);
      await projector.start();
      await projector.settled();
      expect(await viewContents(other, (await readAlias(other, 'deals')).current!, ['2026-01-01', '2030-01-01'])).toEqual(byStream);
    });
  });

  describe('when a view cannot apply an event', () => {
    it('parks the customer for that view, continues with everyone else, and says where without a word of what', async () => {
      await settled([{ before: failOn(() => bad) }, { name: 'healthy' }]);
      let bad = '';
      const failing = newEvent({ type: 'deal-opened', data: { deal: 'a', value: 1, secret: 'Ivanov' } });
      bad = failing.id;
      await open('c1', 'early');
      const { position } = await appendAtHead(log, 'relationship-c1', [failing]);
      await open('c1', 'late');
      await open('c2');
      const [projector] = running;
      await projector!.settled();
      expect(projector!.parked()).toEqual([
        {
          view: 'deals',
          subject: 'c1',
          eventId: bad,
          eventType: 'deal-opened',
          position,
          error: expect.stringMatching(/^TypeError at .+:\d+:\d+$/),
        },
      ]);
      expect(await value()).toBe(20);
      expect(await value('healthy')).toBe(31);
      expect(await projector!.status()).toMatchObject([{ parked: 1, lagSeconds: 0, state: 'live' }, { parked: 0 }]);
    });

    it('parks the customer whose document or row cannot be stored', async () => {
      const endless = (projection: Projection): Projection => ({
        ...projection,
        rows: { indexes: [], derivations: [] },
        document: {
          ...projection.document!,
          apply: (document, event) => {
            const next = projection.document!.apply(document, event) as object;
            return event.stream.endsWith('c1') ? { ...next, amount: 1n } : next;
          },
        },
      });
      const projector = createProjector({ log, store, projections: [endless(asProjection({}))], policies });
      running.push(projector);
      await projector.start();
      await open('c1');
      await open('c2');
      await projector.settled();
      expect(projector.parked()).toMatchObject([{ subject: 'c1', error: expect.stringMatching(/^TypeError/) }]);
      await projector.rebuild('deals');
      expect(projector.parked()).toMatchObject([{ subject: 'c1' }]);
      expect((await contents()).documents.map(({ key }) => key)).toEqual(['c2']);
    });

    it('parks the customer whose stored document cannot be read, continues with everyone else, and refolds the customer', async () => {
      await open('c1');
      await open('c2');
      await (await settled()).stop();
      const damaged: ReadModelStore = {
        ...store,
        getMany: async (collection, keys) => {
          if (collection.endsWith('_documents') && keys.includes('c1')) throw new UnreadableDocument('c1', 'it is not JSON');
          return store.getMany(collection, keys);
        },
      };
      const projector = await started({}, damaged);
      const { position } = await open('c1', 'b');
      await open('c2', 'b');
      await open('c1', 'c');
      await projector.settled();
      expect(projector.parked()).toMatchObject([{ subject: 'c1', position, error: expect.stringMatching(/^UnreadableDocument/) }]);
      expect(await value()).toBe(30);
      await projector.rebuildSubject('relationship-c1');
      expect(projector.parked()).toEqual([]);
      expect(await value()).toBe(50);
    });

    it('parks the customer whose document or row the store would not take, at the same event live and in a rebuild', async () => {
      const fits = (json: string) => json.length < 400;
      const projector = createProjector({ log, store: { ...store, fits }, projections: [asProjection({})], policies });
      running.push(projector);
      await projector.start();
      for (let n = 0; n < 20; n++) await open('c1', `deal-${n}`);
      await open('c2');
      await projector.settled();
      const parked = projector.parked();
      expect(parked).toMatchObject([{ subject: 'c1', error: expect.stringMatching(/^DocumentTooLarge/) }]);
      const live = await contents();
      expect(live.documents.map(({ key }) => key)).toEqual(['c1', 'c2']);
      expect(live.documents.every(({ body }) => fits(JSON.stringify(body)))).toBe(true);
      await projector.rebuild('deals');
      expect(projector.parked().map(({ eventId }) => eventId)).toEqual(parked.map(({ eventId }) => eventId));
      expect((await contents()).documents).toEqual(live.documents);
    });

    it('remembers who is parked over a restart, and continues with the customer who is refolded after a fix', async () => {
      const { id } = await open('c1');
      await open('c1', 'b');
      let broken = true;
      const options = { before: failOn(() => (broken ? id : '')) };
      await (await settled(options)).stop();
      broken = false;
      const projector = await settled(options);
      expect(projector.parked()).toMatchObject([{ subject: 'c1' }]);
      expect(await value()).toBeUndefined();
      await projector.rebuildSubject('relationship-c1');
      expect(projector.parked()).toEqual([]);
      expect(await value()).toBe(20);
      const repaired = await contents();
      await projector.rebuild('deals');
      expect(await contents()).toEqual(repaired);
    });

    it('leaves the customer parked where refolding fails as well', async () => {
      const { id } = await open('c1');
      const projector = await settled({ before: failOn(() => id) });
      await projector.rebuildSubject('relationship-c1');
      expect(projector.parked()).toHaveLength(1);
    });

    it('tries an event again before it parks the customer', async () => {
      let failures = 2;
      await open('c1');
      const projector = await settled({
        before: () => {
          if (failures-- > 0) throw new Error('passing');
        },
      });
      expect(projector.parked()).toEqual([]);
      expect(await value()).toBe(10);
    });
  });

  it('refolds one customer and corrects the totals', async () => {
    await open('c1');
    await open('c2');
    let worth = 7;
    const projection: Projection = {
      ...asProjection({}),
      contributions: [{ of: (document, known) => contributionsOf(asProjection({ factor: worth }), document, known) }],
    };
    const projector = createProjector({ log, store, projections: [projection], policies });
    running.push(projector);
    await projector.start();
    await projector.settled();
    expect(await value()).toBe(140);
    worth = 1;
    await projector.rebuildSubject('relationship-c1');
    expect(await value()).toBe(80);
    await projector.rebuildSubject('relationship-c2');
    expect(await value()).toBe(20);
    const repaired = await contents();
    await projector.rebuild('deals');
    expect(await contents()).toEqual(repaired);
  });

  it('stalls while the store fails, says so, and continues by itself', async () => {
    let down = false;
    const flaky: ReadModelStore = {
      ...store,
      async commit(batches) {
        if (down) throw Object.assign(new Error('full'), { name: 'ReadModelsUnavailable' });
        await store.commit(batches);
      },
    };
    const projector = await started({}, flaky);
    await projector.settled();
    down = true;
    await open('c1');
    while ((await projector.status())[0]?.state !== 'stalled') await new Promise((resolve) => setTimeout(resolve, 5));
    const [stalled] = await projector.status();
    expect(stalled).toMatchObject({ error: 'ReadModelsUnavailable', state: 'stalled' });
    expect(stalled!.checkpoint < stalled!.head).toBe(true);
    down = false;
    await projector.settled();
    expect(await value()).toBe(10);
    expect((await projector.status())[0]?.state).toBe('live');
  });

  it('continues from where another projector has left the views, in a store that keeps no two apart', async () => {
    const former = await settled();
    const projector = await settled();
    await open('c1');
    await Promise.all([former.settled(), projector.settled()]);
    await former.stop();
    await open('c2');
    await projector.settled();
    expect(await value()).toBe(20);
    expect(await projector.status()).toMatchObject([{ state: 'live', lagSeconds: 0 }]);
  });

  it('lets an operator in while it is stalled: a rebuild puts another build in the place of the one that cannot continue', async () => {
    let damaged = false;
    const told: (string | undefined)[] = [];
    const projector = createProjector({
      log,
      policies,
      projections: [asProjection({})],
      onStalled: (error) => void told.push(error),
      store: {
        ...store,
        async commit(batches) {
          if (damaged && batches.some((batch) => batch.projection === 'deals@1.1')) throw new RangeError('damaged');
          await store.commit(batches);
        },
      },
    });
    running.push(projector);
    await projector.start();
    await open('c1');
    await projector.settled();
    damaged = true;
    await open('c2');
    while ((await projector.status())[0]?.state !== 'stalled') await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(projector.rebuildSubject('relationship-c1')).rejects.toThrow('damaged');
    await projector.rebuild('deals');
    await projector.settled();
    expect(await value()).toBe(20);
    await open('c3');
    await projector.settled();
    expect(await value()).toBe(30);
    expect(told).toEqual(['RangeError', undefined]);
  });

  it('stops while it is stalled', async () => {
    const projector = await started(
      {},
      {
        ...store,
        async commit(batches) {
          if (batches.some(({ position }) => position !== 'bulk-load' && position > `${'0'.repeat(19)}1`)) throw new Error('full');
          await store.commit(batches);
        },
      },
    );
    await projector.settled();
    await open('c1');
    await open('c1', 'b');
    while ((await projector.status())[0]?.state !== 'stalled') await new Promise((resolve) => setTimeout(resolve, 5));
    const rebuild = projector.rebuild('deals').catch((error: Error) => error.message);
    await projector.stop();
    expect(await rebuild).toBe('the projector has stopped');
  });

  it('builds in SQLite what memory holds', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-projector-'));
    const sqlite = openReadModels(`sqlite:${folder}/views.db`);
    try {
      for (let i = 0; i < 90; i++) await open(`c${i % 7}`, `d${i % 40}`, i);
      for (let i = 0; i < 40; i += 3) await append(`c${i % 7}`, 'deal-moved', { deal: `d${i}`, stage: 'offer' }, '2026-01-03');
      await settled();
      const projector = await started({}, sqlite);
      await projector.settled();
      await open('c1', 'later');
      for (const each of running) await each.settled();
      expect(await viewContents(sqlite, (await readAlias(sqlite, 'deals')).current!, ['2026-01-01', '2030-01-01'])).toEqual(
        await contents(),
      );
      await projector.stop();
    } finally {
      await sqlite.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('waits while another projector has the same views, says whom it waits for, and continues from there', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-projector-'));
    const [first, second] = [openReadModels(`sqlite:${folder}/views.db`), openReadModels(`sqlite:${folder}/views.db`)];
    try {
      await open('c1');
      const former = await started({}, first);
      await former.settled();
      const said: unknown[] = [];
      const logger = { info: () => undefined, warn: () => undefined, error: (fields: object) => void said.push(fields) };
      const projector = createProjector({ log, store: second, projections: [asProjection({})], policies, logger });
      running.push(projector);
      const start = projector.start();
      while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(said).toEqual([
        { error: 'ReadModelsUnavailable', reason: expect.stringContaining(`kept up to date by process ${process.pid}`) },
      ]);
      await open('c2');
      await former.rebuild('deals');
      await open('c3');
      await former.settled();
      await former.stop();
      await first.close();
      await open('c4');
      await start;
      await projector.settled();
      expect(await projector.status()).toMatchObject([{ build: 'deals@1.2', lagSeconds: 0, state: 'live' }]);
      expect(await createViewReader(second).totals('deals', { by: 'series', prefix: 'measure=value|' })).toMatchObject([{ amount: 40 }]);
    } finally {
      for (const projector of running) await projector.stop();
      await Promise.all([first.close(), second.close()]);
      rmSync(folder, { recursive: true, force: true });
    }
  });

  describe.each(['memory:', 'sqlite:'])('of a build that other code made, in %s', (engine) => {
    let folder: string;
    let own: ReadModelStore;
    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'letopis-projector-'));
      own = openReadModels(engine === 'sqlite:' ? `sqlite:${folder}/views.db` : engine);
    });
    afterEach(async () => {
      for (const projector of running.splice(0)) await projector.stop();
      await own.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const by = (code: string | undefined, options: DealsOptions = {}): Projector => {
      const projection = { ...asProjection(options), ...(code !== undefined && { code }) };
      const projector = createProjector({ log, store: own, projections: [projection], policies, commitEvents: 20 });
      running.push(projector);
      return projector;
    };
    const settledBy = async (code: string | undefined, options: DealsOptions = {}) => {
      const projector = by(code, options);
      await projector.start();
      await projector.settled();
      return projector;
    };
    const readBy = (code: string) => createViewReader(own, { deals: code }).totals('deals', { by: 'series', prefix: 'measure=value|' });

    it.each([{ former: undefined }, { former: 'one' }])(
      '(code $former) reads nothing, drops it once it has built its own, and rolls back to none of it',
      async ({ former }) => {
        await open('c1');
        const before = await settledBy(former);
        await before.rebuild('deals');
        await before.stop();
        const { current, previous } = await readAlias(own, 'deals');
        await expect(readBy('two')).rejects.toMatchObject({ name: 'ViewNotReady', view: 'deals' });
        const projector = await settledBy('two', { factor: 3 });
        expect(await readBy('two')).toMatchObject([{ amount: 30 }]);
        await projector.stop();
        for (const gone of [current!, previous!])
          await expect(own.count(collectionsOf(gone).documents)).rejects.toMatchObject({ name: 'UnknownCollection' });
        await expect(projector.rollback('deals')).rejects.toMatchObject({ name: 'NoRollback' });
        await expect(readBy(String(former))).rejects.toMatchObject({ name: 'ViewNotReady' });
      },
    );

    it('continues with its own after a restart, and rolls back to it', async () => {
      await open('c1');
      await (await settledBy('one')).stop();
      await open('c2');
      let applied = 0;
      const again = await settledBy('one', { before: () => applied++ });
      expect(applied).toBe(1);
      await again.rebuild('deals');
      await again.rollback('deals');
      expect(await readBy('one')).toMatchObject([{ amount: 20 }]);
    });

    it('says how far the build is before it answers', async () => {
      for (let i = 0; i < 60; i++) await open(`c${i}`, 'a', 1);
      let paused: () => void = () => undefined;
      let goOn: () => void = () => undefined;
      const committing = new Promise<void>((resolve) => {
        paused = resolve;
      });
      const gate = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const { commit } = own;
      let commits = 0;
      own.commit = async (batches) => {
        if (++commits > 2) {
          paused();
          await gate;
        }
        return commit(batches);
      };
      const projector = by('one');
      await projector.start();
      await committing;
      const head = await log.head();
      await expect(readBy('one')).rejects.toMatchObject({ name: 'ViewNotReady', progress: { events: 20, upTo: head } });
      goOn();
      await projector.settled();
      expect(await readBy('one')).toMatchObject([{ amount: 60 }]);
    });
  });

  it('can be read from another connection of SQLite while it writes', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'letopis-projector-'));
    const reading = openReadModels(`sqlite:${folder}/views.db`, { readOnly: true });
    const writing = openReadModels(`sqlite:${folder}/views.db`);
    try {
      const reader = createViewReader(reading);
      expect(await reader.checkpoint('deals')).toBe('0'.repeat(20));
      await expect(reader.document('deals', 'c1')).rejects.toMatchObject({ name: 'ViewNotReady' });
      const projector = await started({}, writing);
      const { position } = await open('c1');
      expect(await reader.waitFor('deals', position, 60_000)).toBe(true);
      expect(await reader.totals('deals', { by: 'series', prefix: 'measure=value|' })).toEqual([{ series: 'measure=value|', amount: 10 }]);
      expect(await reader.waitFor('deals', '9'.repeat(20) as typeof position, 30)).toBe(false);
      await projector.rebuild('deals');
      await open('c1', 'b');
      await projector.settled();
      await new Promise((resolve) => setTimeout(resolve, 260));
      expect(await reader.totals('deals', { by: 'series', prefix: 'measure=value|' })).toMatchObject([{ amount: 20 }]);
      await projector.stop();
    } finally {
      await Promise.all([reading.close(), writing.close()]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function failOn(id: () => string) {
  return (eventId: string) => {
    if (eventId === id()) throw new TypeError('cannot read Ivanov');
  };
}
