import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { openEventLog } from '#event-log';
import { projections } from '#projections';
import { readAlias } from '#projections/runner/aliases.js';
import { createProjector } from '#projections/runner/index.js';
import { createMemoryReadModels, openReadModels, type ReadModelStore } from '#read-models';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { describeWithMongo } from '#testing/engines/given-engines.js';
import { viewContents } from '#testing/view-contents.js';
import { appendCompany } from '../bench/company-log.js';

const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
const days = ['2024-06-30', '2025-06-30', '2030-01-01'];

type Parts = readonly (readonly [name: string, content: unknown])[];

async function parts(store: ReadModelStore): Promise<Parts> {
  const views = projections.map(async ({ name }) => {
    const all = await viewContents(store, (await readAlias(store, name)).current!, days);
    return Object.entries(all).map(([part, content]) => [`${name}.${part}`, content] as const);
  });
  return (await Promise.all(views)).flat();
}

/** Names of the parts that are not the same: a test that printed them whole would print a company. */
function unlike(a: Parts, b: Parts, same: (a: unknown, b: unknown) => boolean): readonly string[] {
  expect(a.map(([name]) => name)).toEqual(b.map(([name]) => name));
  return a.flatMap(([name, content], i) => (same(content, b[i]![1]) ? [] : [name]));
}
const sameBytes = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

describeWithMongo('every view of the demo company', (url) => {
  it('is the same in MongoDB as in memory: filled, followed live, rebuilt and repaired', async () => {
    const log = await openEventLog('memory:');
    const [memory, mongo] = [createMemoryReadModels(), openReadModels(`${url}/views-${randomUUID()}`)];
    await appendCompany(log, 1_500, 60);
    const projectors = [memory, mongo].map((store) => createProjector({ log, store, projections, policies, cachedCustomers: 5 }));
    const settled = () => Promise.all(projectors.map((projector) => projector.settled()));
    await Promise.all(projectors.map((projector) => projector.start()));
    await settled();
    const filled = await parts(memory);
    expect(unlike(filled, await parts(mongo), sameBytes)).toEqual([]);

    await appendCompany(log, 3_000, 120);
    await settled();
    const followed = await parts(memory);
    expect(unlike(followed, await parts(mongo), sameBytes)).toEqual([]);
    expect(unlike(followed, filled, sameBytes)).not.toEqual([]);

    const [anyone] = (await viewContents(memory, (await readAlias(memory, 'card')).current!, [])).documents;
    for (const projector of projectors) {
      await projector.rebuild('funnel');
      await projector.rebuildCustomer(anyone!.key);
    }
    const rebuilt = await parts(mongo);
    expect(unlike(await parts(memory), rebuilt, sameBytes)).toEqual([]);
    expect(unlike(followed, rebuilt, isDeepStrictEqual)).toEqual([]);
    await Promise.all(projectors.map((projector) => projector.stop()));
    await mongo.close();
  });
});
