import fc from 'fast-check';
import { decideRelationship, evolveRelationship, initialRelationship, Rejection } from '#relationship';
import { arbitraryLife } from './arbitrary-relationship.js';
import type { StoryEvent } from './customer-story.js';

/** Stories for views: of one January, with late and back-dated events, whether or not deciders would let them happen. */

export const arbitraryDay = fc.integer({ min: 1, max: 28 }).map((n) => `2026-01-${String(n).padStart(2, '0')}`);
export const arbitraryInstant = fc
  .tuple(arbitraryDay, fc.constantFrom('00:00:00.000', '10:00:00.000', '10:00:00.001', '23:59:59.999'))
  .map(([day, time]) => `${day}T${time}Z`);
const stage = fc.constantFrom('lead', 'qualified', 'proposal', 'elsewhere', '-a|b');
const money = fc.record({ minor: fc.integer({ min: 0, max: 9 }), currency: fc.constantFrom('EUR', 'USD') });
const of = (type: string, data: fc.Arbitrary<object>) => data.map((made) => ({ type, data: made }));
const dealId = fc.constantFrom('d1', 'd2');
const curatorId = fc.constantFrom('maria', 'oleg', 'vera');
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const way = { channel: 'phone', direction: 'outbound', purpose: 'other' };

const story: fc.Arbitrary<StoryEvent> = fc
  .tuple(
    arbitraryInstant,
    fc.option(arbitraryInstant, { nil: undefined }),
    fc.oneof(
      of('deal-stage-entered', fc.record({ dealId, from: stage, stage })),
      of('deal-stage-entered', fc.record({ dealId, from: stage, stage })),
      of('deal-value-changed', fc.record({ dealId, to: money })),
      of('deal-won', fc.record({ dealId, from: stage, amount: money, cost: money })),
      of(
        'deal-lost',
        fc.record({ dealId, reason: fc.constantFrom('price', 'timing'), reasonsVersion: fc.constant(1), stage, value: money }),
      ),
      of('deal-reopened', fc.record({ dealId, stage })),
      of('curator-assigned', fc.record({ curatorId: fc.constantFrom('maria', 'oleg'), from: arbitraryInstant })),
      of('acquisition-recorded', fc.record({ source: fc.constantFrom('fair', 'web') })),
      of('customer-details-corrected', fc.record({ field: fc.constant('segment'), to: fc.constantFrom('retail', 'a+b') })),
      of('purchase-recorded', fc.record({ purchaseId: fc.constantFrom('p1', 'p2', 'p3'), item: fc.constant('x'), amount: money })),
      of('purchase-returned', fc.record({ purchaseId: fc.constantFrom('p1', 'p2', 'p3'), amount: money, whole: fc.boolean() })),
      of(
        'contact-recorded',
        fc.record({ contactId: fc.uuid() }).map((made) => ({ ...made, ...way })),
      ),
      of(
        'contact-planned',
        fc
          .record({ contactId: fc.constant('k1'), plannedFor: arbitraryInstant, curatorId: maybe(curatorId) })
          .map((made) => ({ ...made, ...way })),
      ),
      of('contact-completed', fc.constant({ contactId: 'k1', ...way })),
      of(
        'promise-made',
        fc.record({ promiseId: fc.constant('q1'), text: fc.constant('x'), dueAt: arbitraryInstant, curatorId: maybe(curatorId) }),
      ),
      of('contact-rescheduled', fc.record({ contactId: fc.constant('k1'), to: arbitraryInstant })),
      of('contact-reassigned', fc.record({ contactId: fc.constant('k1'), curatorId })),
      of('promise-reassigned', fc.record({ promiseId: fc.constant('q1'), curatorId })),
      of('deal-reassigned', fc.record({ dealId, curatorId })),
      of('contact-missed', fc.constant({ contactId: 'k1' })),
      of('contact-cancelled', fc.constant({ contactId: 'k1' })),
      of('promise-kept', fc.constant({ promiseId: 'q1' })),
      of('promise-broken', fc.constant({ promiseId: 'q1' })),
      of('customer-merged', fc.constant({ into: 'other' })),
      of('command-remembered', fc.constant({})),
    ),
  )
  .map(([at, known, made]) => ({ ...made, at, ...(known !== undefined && { known }) }));

const opened = fc.tuple(arbitraryInstant, dealId, money, fc.constantFrom(undefined, 'oleg'), fc.constantFrom(undefined, 'fair')).map(
  ([at, dealId, expectedValue, curatorId, source]): StoryEvent => ({
    type: 'deal-opened',
    at,
    data: {
      dealId,
      funnelVersion: 1,
      stage: 'lead',
      expectedValue,
      labels: { 'a|b=c': 'north' },
      ...(curatorId && { curatorId }),
      ...(source && { acquisition: { source } }),
    },
  }),
);

export const arbitraryStory = fc
  .tuple(
    arbitraryInstant,
    fc.uniqueArray(opened, { minLength: 1, maxLength: 2, selector: ({ data }) => (data as { dealId: string }).dealId }),
    fc.array(story, { maxLength: 25, size: 'max' }),
  )
  .map(([at, openings, later]): readonly StoryEvent[] => [
    { type: 'customer-registered', at, data: { kind: 'person', role: 'customer', segment: 'retail' } },
    { type: 'curator-assigned', at, data: { curatorId: 'maria', from: at } },
    ...openings,
    ...later,
  ]);

/** What the deciders make of a life, learned bit by bit through November 2026. */
export const arbitraryEvents = arbitraryLife.map((life) => {
  let state = initialRelationship;
  return life.flatMap(([command, context], n): StoryEvent[] => {
    const { occurredAt: at } = context;
    const known = `2026-11-${String(1 + Math.floor((28 * n) / life.length)).padStart(2, '0')}`;
    try {
      const events = decideRelationship(state, command, context);
      state = events.reduce((before, event) => evolveRelationship(before, { ...event, occurredAt: at }), state);
      return events.map(({ type, data }) => ({ type, data, at, known }));
    } catch (error) {
      if (error instanceof Rejection) return [];
      throw error;
    }
  });
});
