import { createMemoryReadModels } from '#read-models/memory/memory-read-models.js';
import { applyPolicyEvent, defaultPolicies, policyAt } from '#relationship';
import { memoryLog } from '#testing/as-written.js';
import { newEvent } from '#testing/new-event.js';
import { ladderProjection } from './ladder/projection.js';
import { ladderDistribution, ladderOf } from './ladder/query.js';
import type { Projection } from './projection.js';
import { underPoliciesOf } from './reading.js';
import { createProjector } from './runner/projector.js';
import { createViewReader } from './runner/view-reader.js';

const now = '2026-06-01T00:00:00.000Z';
const log = memoryLog();
const store = createMemoryReadModels();
const eventOf = (type: string, data: object, occurredAt = '2026-01-01T00:00:00.000Z') =>
  newEvent({ type, data, occurredAt, recordedAt: now });
const bought = (purchaseId: string) =>
  eventOf(
    'purchase-recorded',
    { purchaseId, item: 'x', quantity: 1, amount: { minor: 1, currency: 'EUR' } },
    `2026-0${purchaseId}-01T00:00:00.000Z`,
  );
const nextLadder = eventOf('policy-published', {
  name: 'ladder',
  version: 2,
  effectiveFrom: '2026-01-01T00:00:00.000Z',
  document: { ...policyAt(defaultPolicies, 'ladder', now).document, clientPurchaseDays: 3 },
});

async function built(): Promise<void> {
  const projections = [ladderProjection] as readonly Projection[];
  const projector = createProjector({ log, store, projections, policies: { initial: defaultPolicies, apply: applyPolicyEvent } });
  await projector.start();
  await projector.settled();
  await projector.stop();
}

it('an answer goes by the policies that its view was built under, and names them, until the view is rebuilt', async () => {
  await log.append('relationship-anna', 'none', [
    eventOf('customer-registered', { kind: 'person', role: 'customer' }),
    bought('2'),
    bought('3'),
  ]);
  const shown = () => {
    const reader = createViewReader(store);
    const published = () => applyPolicyEvent(defaultPolicies, nextLadder);
    return underPoliciesOf(reader, ['ladder', 'not-built'], published, async (policies) => {
      const context = { reader, log, policies, now };
      const { rungs, policies: named } = await ladderDistribution(context);
      const of = await ladderOf(context, { customerId: 'anna' });
      return [named.ladder, rungs.find(({ customers }) => customers === 1)?.rung, of?.policyVersion, of?.rung];
    });
  };
  await built();
  await log.append('policy-ladder', 'none', [nextLadder]);
  expect(await shown()).toEqual([1, 'client', 1, 'client']);
  await built();
  expect(await shown()).toEqual([2, 'purchaser', 2, 'purchaser']);
});

it('an answer that a view was switched under is asked for again', async () => {
  const builds = [{ ladder: -1 }, { ladder: 0 }, { ladder: 0 }];
  const policies = async () => builds.shift()!;
  const published = () => applyPolicyEvent(defaultPolicies, nextLadder);
  expect(await underPoliciesOf({ policies }, ['ladder'], published, async ({ ladder }) => ladder.length)).toBe(2);
});
