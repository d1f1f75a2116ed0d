import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { projections } from '#projections';
import { readAlias } from '#projections/runner/aliases.js';
import { collectionsOf } from '#projections/runner/build.js';
import { createProjector, createViewReader } from '#projections/runner/index.js';
import { createMemoryReadModels, openReadModels } from '#read-models';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { memoryLog } from '#testing/as-written.js';
import { describeWithMongo } from '#testing/engines/given-engines.js';
import { viewContents } from '#testing/view-contents.js';
import { appendCompany } from '../bench/company-log.js';
import { unlike, viewParts } from './view-parts.js';

const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
const sameBytes = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

describeWithMongo('every view of the demo company', (url) => {
  it('is the same in MongoDB as in memory: built, followed live, rebuilt and repaired', async () => {
    const log = memoryLog();
    const [memory, mongo] = [createMemoryReadModels(), openReadModels(`${url}/views-${randomUUID()}`)];
    await appendCompany(log, 1_500, 60);
    const projectors = [memory, mongo].map((store) => createProjector({ log, store, projections, policies, cachedSubjects: 5 }));
    const settled = () => Promise.all(projectors.map((projector) => projector.settled()));
    await Promise.all(projectors.map((projector) => projector.start()));
    await settled();
    const built = await viewParts(memory);
    expect(unlike(built, await viewParts(mongo), sameBytes)).toEqual([]);

    await appendCompany(log, 3_000, 120);
    await settled();
    const followed = await viewParts(memory);
    expect(unlike(followed, await viewParts(mongo), sameBytes)).toEqual([]);
    expect(unlike(followed, built, sameBytes)).not.toEqual([]);

    const [anyone] = (await viewContents(memory, (await readAlias(memory, 'card')).current!, [])).documents;
    for (const projector of projectors) {
      await projector.rebuild('funnel');
      await projector.rebuildSubject(`relationship-${anyone!.key}`);
    }
    const rebuilt = await viewParts(mongo);
    expect(unlike(await viewParts(memory), rebuilt, sameBytes)).toEqual([]);
    expect(unlike(followed, rebuilt, isDeepStrictEqual)).toEqual([]);
    await Promise.all(projectors.map((projector) => projector.stop()));
    await mongo.close();
  });

  it('is counted once by two projectors that begin at the same instant: one waits until the other has ended', async () => {
    const log = memoryLog();
    const memory = createMemoryReadModels();
    const some = projections.filter(({ name }) => name === 'card' || name === 'funnel');
    const database = `${url}/views-${randomUUID()}`;
    await appendCompany(log, 100, 6);
    const writers = [1, 2].map(() => {
      const store = openReadModels(database);
      const projector = createProjector({ log, store, projections: some, policies });
      return { store, projector, start: projector.start() };
    });
    const first = await Promise.race(writers.map(async (writer) => writer.start.then(() => writer)));
    const second = writers.find((writer) => writer !== first)!;
    await first.projector.settled();
    await appendCompany(log, 20, 8);
    await first.projector.settled();
    expect(await Promise.race([second.start.then(() => 'started'), Promise.resolve('waiting')])).toBe('waiting');
    await first.projector.stop();
    await first.store.close();
    await second.start;
    await appendCompany(log, 20, 10);
    await second.projector.settled();
    const alone = createProjector({ log, store: memory, projections: some, policies });
    await alone.start();
    await alone.settled();
    expect(unlike(await viewParts(memory, some), await viewParts(second.store, some), isDeepStrictEqual)).toEqual([]);
    for (const projector of [alone, second.projector]) await projector.stop();
    await second.store.close();
  });

  it('is rebuilt where other code built it, and what that built is dropped', async () => {
    const log = memoryLog();
    const store = openReadModels(`${url}/views-${randomUUID()}`);
    await appendCompany(log, 300, 20);
    const [card] = projections;
    const builtBy = async (code: string) => {
      const projector = createProjector({ log, store, projections: [{ ...card!, code }], policies });
      await projector.start();
      await projector.settled();
      await projector.stop();
    };
    const readBy = (code: string) => createViewReader(store, { card: code }).documents('card', {});
    await builtBy('one');
    const { current } = await readAlias(store, 'card');
    await expect(readBy('two')).rejects.toMatchObject({ name: 'ViewNotReady' });
    await builtBy('two');
    expect((await readBy('two')).documents.length).toBeGreaterThan(0);
    await expect(store.count(collectionsOf(current!).documents)).rejects.toMatchObject({ name: 'UnknownCollection' });
    await store.close();
  });
});
