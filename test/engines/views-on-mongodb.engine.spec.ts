import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { openEventLog } from '#event-log';
import { projections } from '#projections';
import { readAlias } from '#projections/runner/aliases.js';
import { createProjector } from '#projections/runner/index.js';
import { createMemoryReadModels, openReadModels } from '#read-models';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { describeWithMongo } from '#testing/engines/given-engines.js';
import { viewContents } from '#testing/view-contents.js';
import { appendCompany } from '../bench/company-log.js';
import { unlike, viewParts } from './view-parts.js';

const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
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
    const filled = await viewParts(memory);
    expect(unlike(filled, await viewParts(mongo), sameBytes)).toEqual([]);

    await appendCompany(log, 3_000, 120);
    await settled();
    const followed = await viewParts(memory);
    expect(unlike(followed, await viewParts(mongo), sameBytes)).toEqual([]);
    expect(unlike(followed, filled, sameBytes)).not.toEqual([]);

    const [anyone] = (await viewContents(memory, (await readAlias(memory, 'card')).current!, [])).documents;
    for (const projector of projectors) {
      await projector.rebuild('funnel');
      await projector.rebuildCustomer(anyone!.key);
    }
    const rebuilt = await viewParts(mongo);
    expect(unlike(await viewParts(memory), rebuilt, sameBytes)).toEqual([]);
    expect(unlike(followed, rebuilt, isDeepStrictEqual)).toEqual([]);
    await Promise.all(projectors.map((projector) => projector.stop()));
    await mongo.close();
  });
});
