import { Type } from 'typebox';
import {
  acquisitionMethod,
  amountAt,
  code,
  type EventOf,
  event,
  id,
  instant,
  money,
  ofCurators,
  optional,
  personal,
  plain,
  retractable,
  strict,
  text,
} from '../kernel/event.js';

const stage = () => code('a stage of the funnel');

export const dealOpened = event(
  'deal-opened',
  'A deal was opened.',
  strict({
    dealId: id(),
    title: optional(personal(text(300))),
    /** Version of the funnel policy that the deal lives by. */
    funnelVersion: Type.Integer({ minimum: 1 }),
    stage: stage(),
    acquisition: optional(acquisitionMethod()),
    expectedValue: optional(money()),
    products: optional(
      Type.Array(
        strict({ product: plain(text(200), 'a product of the catalogue'), quantity: optional(Type.Number({ exclusiveMinimum: 0 })) }),
        { maxItems: 100 },
      ),
    ),
    curatorId: optional(id()),
    labels: optional(Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,60}$' }), plain(text(200), 'deals are counted by labels'))),
  }),
  {
    shows: ['/dealId', '/title', '/stage', '/products/*/product', '/products/*/quantity', '/curatorId'],
    provided: [],
    others: { '/acquisition/referrer': 'another person', ...ofCurators('/curatorId') },
  },
);
export const dealStageEntered = event(
  'deal-stage-entered',
  'A deal moved to another stage of its funnel.',
  strict({ dealId: id(), from: stage(), stage: stage() }),
  { shows: ['/dealId', '/from', '/stage'], provided: [] },
);
export const dealValueChanged = event(
  'deal-value-changed',
  'The expected value of a deal changed.',
  strict({ dealId: id(), from: optional(money()), to: money(), reason: optional(personal(text(500))) }),
  { provided: [] },
);
export const proposalMade = event(
  'proposal-made',
  'A proposal was made for a deal.',
  strict({ dealId: id(), amount: optional(money()), note: optional(personal(text())) }),
  { shows: ['/dealId', ...amountAt('/amount')], provided: [] },
);
export const contractSigned = event(
  'contract-signed',
  'A contract was signed; it is active between the two instants, without an end indefinitely.',
  strict({ dealId: id(), contractId: id(), activeFrom: instant(), activeUntil: optional(instant()), amount: optional(money()) }),
  { shows: ['/dealId', '/contractId', '/activeFrom', '/activeUntil', ...amountAt('/amount')], provided: [] },
);
export const dealReassigned = event(
  'deal-reassigned',
  'An open deal was reassigned to another curator.',
  strict({ dealId: id(), curatorId: id(), formerCuratorId: optional(id()), reason: optional(personal(text(500))) }),
  { shows: ['/dealId', '/curatorId', '/formerCuratorId'], provided: [], others: ofCurators('/curatorId', '/formerCuratorId') },
);
export const dealWon = event(
  'deal-won',
  'A deal was won.',
  strict({ dealId: id(), from: stage(), amount: money(), cost: optional(money()), note: optional(personal(text())) }),
  { shows: ['/dealId', '/from', ...amountAt('/amount')], provided: [], withheld: ['/cost'] },
);
export const dealLost = event(
  'deal-lost',
  'A deal was lost, with its reason, and its stage and expected value at that time.',
  strict({
    dealId: id(),
    reason: code('a code of the loss reasons'),
    reasonsVersion: Type.Integer({ minimum: 1 }),
    competitor: optional(personal(text(200))),
    note: optional(personal(text())),
    stage: stage(),
    value: optional(money()),
  }),
  { shows: ['/dealId', '/stage'], provided: [] },
);
export const dealReopened = event(
  'deal-reopened',
  'A closed deal was reopened; its former end stays in history.',
  strict({ dealId: id(), stage: stage(), reason: optional(personal(text(500))) }),
  { shows: ['/dealId', '/stage'], provided: [] },
);

export const dealEvents = [
  retractable(dealOpened, {
    command: 'open-deal',
    creates: { deal: '/dealId' },
    policyVersion: { policy: 'funnel', member: 'funnelVersion' },
  }),
  retractable(dealStageEntered, { command: 'enter-stage', refersTo: { deal: '/dealId' } }),
  retractable(dealValueChanged, { command: 'change-deal-value', refersTo: { deal: '/dealId' } }),
  retractable(proposalMade, { command: 'make-proposal', refersTo: { deal: '/dealId' } }),
  retractable(contractSigned, { command: 'sign-contract', creates: { contract: '/contractId' }, refersTo: { deal: '/dealId' } }),
  retractable(dealReassigned, { command: 'reassign-deal', refersTo: { deal: '/dealId' } }),
  retractable(dealWon, { command: 'win-deal', refersTo: { deal: '/dealId' } }),
  retractable(dealLost, {
    command: 'lose-deal',
    refersTo: { deal: '/dealId' },
    policyVersion: { policy: 'loss-reasons', member: 'reasonsVersion' },
  }),
  retractable(dealReopened, { command: 'reopen-deal', refersTo: { deal: '/dealId' } }),
] as const;
export type DealEvent = EventOf<(typeof dealEvents)[number]>;
