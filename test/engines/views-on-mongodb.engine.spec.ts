import { randomUUID } from 'node:crypto';
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

async function contents(store: ReadModelStore) {
  const all = await Promise.all(projections.map(async ({ name }) => viewContents(store, (await readAlias(store, name)).current!, days)));
  return JSON.stringify(all);
}

describeWithMongo('every view of the demo company', (url) => {
  it('is the same in MongoDB as in memory: filled, followed live, and rebuilt', async () => {
    const log = await openEventLog('memory:');
    const stores = [createMemoryReadModels(), openReadModels(`${url}/views-${randomUUID()}`)] as const;
    await appendCompany(log, 1_500, 60);
    const projectors = stores.map((store) => createProjector({ log, store, projections, policies, cachedCustomers: 5 }));
    const settled = () => Promise.all(projectors.map((projector) => projector.settled()));
    await Promise.all(projectors.map((projector) => projector.start()));
    await settled();
    const filled = await Promise.all(stores.map(contents));
    expect(filled[1]).toBe(filled[0]);

    await appendCompany(log, 3_000, 120);
    await settled();
    const followed = await Promise.all(stores.map(contents));
    expect(followed[1]).toBe(followed[0]);
    expect(followed[0]!.length).toBeGreaterThan(filled[0]!.length);

    await projectors[1]!.rebuild('funnel');
    await projectors[1]!.rebuildCustomer((await firstCustomer(stores[0]))!);
    expect(await contents(stores[1])).toBe(followed[0]);
    await Promise.all(projectors.map((projector) => projector.stop()));
    await stores[1].close();
  });
});

async function firstCustomer(store: ReadModelStore): Promise<string | undefined> {
  const { current } = await readAlias(store, 'card');
  const { documents } = await viewContents(store, current!, []);
  return documents[0]?.key;
}
