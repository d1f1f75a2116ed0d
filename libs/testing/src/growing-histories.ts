import type { StoryEvent } from './customer-story.js';

/** Ways in which the history of one customer grows without end: what is recorded as the nth of them. */
type Growing = (n: number) => { readonly type: string; readonly data: object };

const instant = (minute: number): string => new Date(Date.UTC(2016, 0, 1) + minute * 60_000).toISOString();
const curator = (n: number) => `curator-${n % 50}`;
const text = (n: number) => `What was said of number ${n}, ${'word '.repeat(n % 20)}`;

/** Each needs what `opening` begins. */
export const growingHistories = {
  purchases: (n) => ({
    type: 'purchase-recorded',
    data: { purchaseId: `purchase-${n}`, item: 'tea', quantity: 1, amount: { minor: 100 + n, currency: n % 3 === 0 ? 'USD' : 'EUR' } },
  }),
  'returns of one purchase': () => ({
    type: 'purchase-returned',
    data: { purchaseId: 'one', amount: { minor: 1, currency: 'EUR' }, whole: false },
  }),
  contacts: (n) => ({
    type: 'contact-recorded',
    data: { contactId: `had-${n}`, channel: 'phone', direction: 'inbound', purpose: 'negotiation', participants: [], summary: text(n) },
  }),
  'planned contacts': (n) => ({
    type: 'contact-planned',
    data: {
      contactId: `planned-${n}`,
      channel: 'phone',
      purpose: 'negotiation',
      plannedFor: instant(n * 50 + 90_000),
      curatorId: curator(n),
    },
  }),
  'reschedulings of one contact': (n) => ({ type: 'contact-rescheduled', data: { contactId: 'one', to: instant(n * 70) } }),
  'reassignments of one promise': (n) => ({ type: 'promise-reassigned', data: { promiseId: 'one', curatorId: curator(n) } }),
  promises: (n) => ({ type: 'promise-made', data: { promiseId: `promise-${n}`, dueAt: instant(n * 60), text: text(n) } }),
  complaints: (n) => ({ type: 'complaint-raised', data: { complaintId: `complaint-${n}`, summary: text(n) } }),
  deals: (n) => ({
    type: 'deal-opened',
    data: { dealId: `deal-${n}`, stage: 'lead', title: text(n), funnelVersion: 1, labels: { [`label-${n % 7}`]: `value ${n}` } },
  }),
  'stage changes of one deal': (n) => ({
    type: 'deal-stage-entered',
    data: { dealId: 'one', stage: n % 2 === 0 ? 'qualified' : 'proposal', funnelVersion: 1 },
  }),
  identifiers: (n) => ({ type: 'customer-identifier-added', data: { kind: 'email', value: `address-${n}@example.com` } }),
  'changes of one identifier': (n) => ({
    type: n % 2 === 0 ? 'customer-identifier-removed' : 'customer-identifier-added',
    data: { kind: 'phone', value: '+7 900 000 00 00' },
  }),
  attributes: (n) => ({ type: 'customer-profile-recorded', data: { attributes: { [`attribute ${n}`]: text(n) } } }),
  'corrections of one detail': (n) => ({ type: 'customer-details-corrected', data: { field: 'displayName', to: `Name ${n}` } }),
  'corrections of the segment': (n) => ({ type: 'customer-details-corrected', data: { field: 'segment', to: `segment ${n % 9}` } }),
  consents: (n) => ({
    type: n % 2 === 0 ? 'consent-granted' : 'consent-withdrawn',
    data: { channel: 'email', purpose: `purpose-${n % 11}`, via: 'call' },
  }),
  acquisitions: (n) => ({ type: 'acquisition-recorded', data: { source: `source-${n % 5}` } }),
  assignments: (n) => ({ type: 'curator-assigned', data: { curatorId: curator(n), from: instant(n * 13) } }),
  answers: (n) => ({ type: 'satisfaction-answered', data: { metric: 'csat', score: 1 + (n % 5) } }),
  'merges taken back': (n) =>
    n % 2 === 0 ? { type: 'customer-merged', data: { into: 'other' } } : { type: 'customer-unmerged', data: { from: 'other' } },
} satisfies Readonly<Record<string, Growing>>;

export type GrowingHistory = keyof typeof growingHistories;

const opening: readonly StoryEvent[] = [
  { type: 'customer-registered', at: instant(0), data: { kind: 'person', role: 'customer', displayName: 'Anna', segment: 'new' } },
  {
    type: 'purchase-recorded',
    at: instant(1),
    data: { purchaseId: 'one', item: 'tea', quantity: 1, amount: { minor: 9_000_000, currency: 'EUR' } },
  },
  { type: 'contact-planned', at: instant(2), data: { contactId: 'one', channel: 'phone', purpose: 'other', plannedFor: instant(90) } },
  { type: 'promise-made', at: instant(3), data: { promiseId: 'one', dueAt: instant(99), curatorId: 'curator-1' } },
  { type: 'deal-opened', at: instant(4), data: { dealId: 'one', stage: 'lead', funnelVersion: 1, value: { minor: 500, currency: 'EUR' } } },
];

const OPENING = opening.length;

/** From the registration on, about thirty events a day, in turn of these kinds. */
export function grownHistory(kinds: readonly GrowingHistory[], count: number): readonly StoryEvent[] {
  const grown = Array.from({ length: count }, (_, n): StoryEvent => {
    const nth = Math.floor(n / kinds.length);
    const at = instant((OPENING + n) * 48);
    const { type, data } = growingHistories[kinds[n % kinds.length]!](nth);
    return { type, at, data: type === 'curator-assigned' ? { ...data, from: at } : data };
  });
  return [...opening, ...grown];
}
