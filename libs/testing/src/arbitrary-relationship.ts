import fc from 'fast-check';
import {
  applyPolicyEvent,
  customerRoles,
  type DecisionContext,
  defaultPolicies,
  type PolicyHistory,
  type RelationshipCommand,
} from '#relationship';
import { usualContext } from './relationship-specification.js';

/** Commands that meet one another often: few ids, few instants, two currencies. Most make sense, some do not. */

const few = (prefix: string) => fc.constantFrom(`${prefix}1`, `${prefix}2`);
const contactId = fc.integer({ min: 1, max: 6 }).map((n) => `k${n}`);
const curatorId = fc.constantFrom('ann', 'bea', 'nobody', 'gone');
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const money = fc.record({ minor: fc.integer({ min: -1, max: 6 }), currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD') });
const way = {
  channel: fc.constantFrom('phone', 'phone', 'email', 'email', 'pigeon'),
  direction: fc.constantFrom('inbound' as const, 'outbound' as const, 'internal' as const),
  purpose: fc.constantFrom('service', 'payment'),
};
const instant = fc.constantFrom(
  '2020-01-01T00:00:00.000Z',
  '2026-03-01T00:00:00.000Z',
  '2026-08-01T02:00:00+02:00',
  '2026-11-22T12:00:00.000Z',
  '2026-12-24T18:00Z',
  '2027-02-01T18:00Z',
  '2027-02-30T00:00:00Z',
);
const stage = fc.constantFrom('lead', 'proposal', 'contract', 'one', 'two', 'three');
const regarding = maybe(fc.record({ dealId: maybe(few('d')), campaignId: maybe(few('m')) }));
const consent = fc.record({ channel: way.channel, purpose: maybe(way.purpose), via: fc.constant('form') });

const make = <const Name extends string, Body>(name: Name, body: fc.Arbitrary<Body>) => body.map((made) => ({ name, body: made }));
/** What is seldom accepted is tried often, so that a hundred lives have all of it. */
const often = <Made>(times: number, command: fc.Arbitrary<Made>) => Array.from({ length: times }, () => command);

export const arbitraryCommand: fc.Arbitrary<RelationshipCommand> = fc.oneof(
  make('register-customer', fc.record({ customerId: few('c'), kind: fc.constant('person' as const) })),
  make('add-identifier', fc.record({ kind: fc.constant('phone'), value: few('+') })),
  make('remove-identifier', fc.record({ kind: fc.constant('phone'), value: few('+') })),
  make('record-profile', fc.record({ attributes: fc.dictionary(few('a'), fc.string({ maxLength: 3 }), { maxKeys: 2 }) })),
  make('correct-details', fc.record({ field: fc.constantFrom('displayName' as const, 'language' as const), to: few('n') })),
  ...often(2, make('correct-details', fc.record({ field: fc.constant('role' as const), to: fc.constantFrom(...customerRoles, 'boss') }))),
  make('grant-consent', consent),
  make('withdraw-consent', consent),
  make('record-acquisition', fc.record({ source: few('s'), medium: maybe(few('m')) })),
  make('record-contact', fc.record({ contactId, ...way, regarding })),
  ...often(6, make('plan-contact', fc.record({ contactId, ...way, plannedFor: instant, curatorId: maybe(curatorId), regarding }))),
  ...often(2, make('reschedule-contact', fc.record({ contactId, to: instant }))),
  ...often(2, make('reassign-contact', fc.record({ contactId, curatorId }))),
  make('reassign-promise', fc.record({ promiseId: few('p'), curatorId })),
  make('reassign-deal', fc.record({ dealId: few('d'), curatorId })),
  ...often(2, make('complete-contact', fc.record({ contactId, channel: maybe(way.channel), direction: maybe(way.direction) }))),
  make('miss-contact', fc.record({ contactId })),
  make('cancel-contact', fc.record({ contactId })),
  ...often(
    2,
    make(
      'make-promise',
      fc.record({ promiseId: few('p'), text: fc.string(), dueAt: instant, contactId: maybe(contactId), curatorId: maybe(curatorId) }),
    ),
  ),
  make('keep-promise', fc.record({ promiseId: few('p') })),
  make('break-promise', fc.record({ promiseId: few('p') })),
  ...often(6, make('mark-promise-overdue', fc.record({ promiseId: few('p') }))),
  ...often(8, make('mark-contact-overdue', fc.record({ contactId, plannedFor: fc.constant('2026-11-22T12:00:00.000Z') }))),
  make('open-deal', fc.record({ dealId: few('d'), stage: maybe(stage), expectedValue: maybe(money), curatorId: maybe(curatorId) })),
  ...often(2, make('enter-stage', fc.record({ dealId: few('d'), stage }))),
  make('change-deal-value', fc.record({ dealId: few('d'), to: money })),
  make('make-proposal', fc.record({ dealId: few('d'), amount: maybe(money) })),
  make(
    'sign-contract',
    fc.record({ dealId: few('d'), contractId: few('x'), activeFrom: maybe(instant), activeUntil: maybe(instant), amount: maybe(money) }),
  ),
  make('win-deal', fc.record({ dealId: few('d'), amount: money, cost: maybe(money) })),
  make(
    'lose-deal',
    fc.record({ dealId: few('d'), reason: fc.constantFrom('price', 'other', 'weather', ''), note: maybe(fc.constantFrom('', 'fire')) }),
  ),
  ...often(2, make('reopen-deal', fc.record({ dealId: few('d'), stage: maybe(stage) }))),
  make(
    'record-purchase',
    fc.record({
      purchaseId: few('b'),
      item: fc.string({ maxLength: 5 }),
      quantity: fc.constantFrom(1, 2, 0.5),
      unitPrice: maybe(money),
      amount: maybe(money),
      dealId: maybe(few('d')),
    }),
  ),
  ...often(
    2,
    make(
      'return-purchase',
      fc.record({ purchaseId: few('b'), amount: maybe(money), quantity: maybe(fc.constantFrom(1, 0.5)), whole: maybe(fc.boolean()) }),
    ),
  ),
  make('assign-curator', fc.record({ curatorId })),
  make(
    'answer-satisfaction',
    fc.record({
      answerId: few('a'),
      metric: fc.constantFrom('csat' as const, 'nps' as const, 'ces' as const),
      score: fc.integer({ min: 0, max: 10 }),
      contactId: maybe(contactId),
    }),
  ),
  make('make-recommendation', fc.record({ recommendationId: few('r') })),
  make('convert-referral', fc.record({ referralId: few('r'), referredCustomerId: few('c') })),
  make('publish-review', fc.record({ reviewId: few('r'), site: few('site') })),
  make('raise-complaint', fc.record({ complaintId: few('q'), dealId: maybe(few('d')) })),
  make('resolve-complaint', fc.record({ complaintId: few('q') })),
  make('agree-partnership', fc.record({ agreementId: few('g'), activeFrom: maybe(instant), activeUntil: maybe(instant) })),
  make('end-partnership', fc.record({ agreementId: few('g') })),
  make('request-erasure', fc.record({ ground: maybe(fc.constant('objection' as const)) })),
  make('confirm-erasure', fc.constant({})),
  make('reject-erasure', fc.record({ exception: fc.constant('legal-claims' as const) })),
  make('request-access', fc.constant({})),
  make('release-access', fc.constant({})),
  make('reject-access', fc.record({ ground: fc.constant('excessive' as const) })),
  make('mark-erasure-overdue', fc.record({ dueAt: fc.constantFrom('2026-03-01T23:59:59.999Z', '2026-12-22T23:59:59.999Z') })),
  make('disclose-publishing-key', fc.record({ subscriberId: few('s'), keyId: fc.constant('k1') })),
  make('place-legal-hold', fc.record({ holdId: few('h') })),
  make('lift-legal-hold', fc.record({ holdId: few('h') })),
  make('restrict-processing', fc.record({ ground: fc.constant('unlawful' as const) })),
  ...often(4, make('lift-restriction', fc.constant({}))),
  make('object-to-marketing', fc.record({ via: fc.constant('form') })),
  ...often(4, make('withdraw-marketing-objection', fc.record({ via: fc.constant('form') }))),
);

/** In the middle of 2026 the funnel became a strict one, and the period of grace ended. */
const policies: PolicyHistory = [
  { name: 'funnel', document: { stages: ['one', 'two', 'three'], maySkip: false, mayGoBack: false } },
  { name: 'overdue', document: { promiseGraceMinutes: 0, contactGraceMinutes: 0 } },
].reduce(
  (history, data) =>
    applyPolicyEvent(history, { type: 'policy-published', data: { ...data, version: 2, effectiveFrom: '2026-06-01T00:00:00.000Z' } }),
  defaultPolicies,
);

const subscriber = () => ({ deadlineDays: 7 });

export const arbitraryContext: fc.Arbitrary<DecisionContext> = fc
  .record({
    occurredAt: fc.constantFrom(
      ...Array<string>(6).fill('2026-11-22T12:00:00.000Z'),
      '2026-02-01T00:00:00.000Z',
      '2026-05-01T00:00:00.000Z',
      '2026-11-23T00:00:00.000Z',
    ),
    kind: fc.constantFrom('curator', 'curator', 'curator', 'curator', 'import', 'import', 'import', 'customer'),
  })
  .map(({ occurredAt, kind }) => ({ ...usualContext, policies, subscriber, occurredAt, actor: { kind, id: 'actor' } }));

/** What is tried on one customer, the registration first. */
export const arbitraryLife = fc
  .array(fc.tuple(arbitraryCommand, arbitraryContext), { minLength: 100, maxLength: 250 })
  .map((tried) => [
    [
      { name: 'register-customer', body: { customerId: 'c1', kind: 'person' } } as RelationshipCommand,
      { ...usualContext, policies },
    ] as const,
    ...tried,
  ]);
