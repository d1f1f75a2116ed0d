import { describe, it } from '@jest/globals';
import { customer, given, happened, registered } from '#testing/relationship-specification.js';
import type { RelationshipCommand, RelationshipEvent } from '../slices.js';

const day = (text: string) => `2026-${text}T00:00:00.000Z`;
const assigned = (curatorId: string, from: string) => happened({ type: 'curator-assigned', data: { curatorId, from } }, from);
const way = { channel: 'phone', direction: 'outbound', purpose: 'service' } as const;

interface Kind {
  readonly what: string;
  readonly member: 'contactId' | 'promiseId' | 'dealId';
  opened(curatorId?: string): RelationshipEvent;
  readonly over: RelationshipEvent;
  readonly notOpen: string;
}
const kinds: readonly Kind[] = [
  {
    what: 'contact',
    member: 'contactId',
    opened: (curatorId) => ({
      type: 'contact-planned',
      data: { contactId: 'i', ...way, plannedFor: day('12-01'), ...(curatorId && { curatorId }) },
    }),
    over: { type: 'contact-missed', data: { contactId: 'i' } },
    notOpen: 'contact-not-open',
  },
  {
    what: 'promise',
    member: 'promiseId',
    opened: (curatorId) => ({
      type: 'promise-made',
      data: { promiseId: 'i', text: 't', dueAt: day('12-01'), ...(curatorId && { curatorId }) },
    }),
    over: { type: 'promise-kept', data: { promiseId: 'i' } },
    notOpen: 'promise-not-open',
  },
  {
    what: 'deal',
    member: 'dealId',
    opened: (curatorId) => ({
      type: 'deal-opened',
      data: { dealId: 'i', funnelVersion: 1, stage: 'lead', ...(curatorId && { curatorId }) },
    }),
    over: { type: 'deal-lost', data: { dealId: 'i', reason: 'price', reasonsVersion: 1, stage: 'lead' } },
    notOpen: 'deal-closed',
  },
];

describe.each(kinds)('an open $what', ({ what, member, opened, over, notOpen }) => {
  const give = (curatorId: string, more: object = {}) =>
    ({ name: `reassign-${what}`, body: { [member]: 'i', curatorId, ...more } }) as unknown as RelationshipCommand;
  const gave = (curatorId: string, formerCuratorId?: string) =>
    ({ type: `${what}-reassigned`, data: { [member]: 'i', curatorId, ...(formerCuratorId && { formerCuratorId }) } }) as RelationshipEvent;

  it('is given to another curator, with the one before and the reason', () => {
    customer(opened('ann'))
      .when(give('bea', { reason: 'ill' }))
      .decides({ ...gave('bea', 'ann'), data: { ...gave('bea', 'ann').data, reason: 'ill' } } as RelationshipEvent);
  });
  it('that names nobody is taken from the curator of the customer, or from nobody', () => {
    customer(opened()).when(give('bea')).decides(gave('bea'));
    given(registered, assigned('ann', day('01-10')), happened(opened()))
      .when(give('bea'))
      .decides(gave('bea', 'ann'));
    given(registered, assigned('ann', day('01-10')), happened(opened()))
      .when(give('ann'))
      .decides(gave('ann', 'ann'));
  });
  it('is not given to whoever has it already, unless it has passed on with the customer since', () => {
    customer(opened('ann')).when(give('ann')).decidesNothing();
    customer(opened('ann'), gave('bea', 'ann')).when(give('bea')).decidesNothing();
    given(registered, assigned('ann', day('01-10')), happened(opened('ann'), day('02-01')), assigned('bea', day('03-01')))
      .when(give('ann'))
      .decides(gave('ann', 'bea'));
  });
  it('given to a colleague stays with the colleague, until the colleague is relieved of the customer', () => {
    const history = given(
      registered,
      assigned('cleo', day('01-10')),
      happened(opened('ann'), day('02-01')),
      assigned('ann', day('03-01')),
      assigned('bea', day('04-01')),
    );
    for (const occurredAt of [day('02-15'), day('03-15'), '2026-03-31T23:59:59.999Z'])
      history.when(give('dora'), { occurredAt }).decides(gave('dora', 'ann'));
    history.when(give('dora'), { occurredAt: day('04-01') }).decides(gave('dora', 'bea'));
  });
  it('given at the instant at which its curator is relieved stays with that curator', () => {
    given(registered, assigned('ann', day('01-10')), assigned('bea', day('03-01')), happened(opened('ann'), day('03-01')))
      .when(give('dora'))
      .decides(gave('dora', 'ann'));
  });
  it('is judged as of when it was given: what was given later stands', () => {
    const history = given(registered, happened(opened('ann'), day('01-10')), happened(gave('bea', 'ann'), day('03-01')));
    history.when(give('cleo'), { occurredAt: day('02-01') }).decides(gave('cleo', 'ann'));
    history.when(give('bea'), { occurredAt: day('04-01') }).decides(gave('bea', 'bea'));
    given(registered, happened(opened('ann'), day('01-10')), happened(gave('bea'), day('03-01')), happened(gave('cleo'), day('02-01')))
      .when(give('dora'))
      .decides(gave('dora', 'bea'));
  });
  it('dated before it was opened was given at its opening', () => {
    const history = given(registered, happened(opened('ann'), day('03-01')));
    history.when(give('bea'), { occurredAt: day('02-01') }).decides(gave('bea', 'ann'));
    given(registered, happened(opened('ann'), day('03-01')), happened(gave('bea', 'ann'), day('02-01')))
      .when(give('bea'), { occurredAt: day('02-01') })
      .decidesNothing();
  });
  it('is not given to a curator who is unknown, has left or is leaving', () => {
    customer(opened('ann')).when(give('nobody')).isRejected('curator-unknown', { curatorId: 'nobody' });
    customer(opened('ann')).when(give('gone')).isRejected('curator-departed', { curatorId: 'gone' });
    customer(opened('ann')).when(give('leaving')).isRejected('curator-departing', { curatorId: 'leaving' });
  });
  it('has to be there, and open', () => {
    customer().when(give('bea')).isRejected(`${what}-unknown`);
    customer(opened('ann'), over).when(give('bea')).isRejected(notOpen);
  });
});
