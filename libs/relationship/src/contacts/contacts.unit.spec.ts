import { describe, it } from '@jest/globals';
import { customer, given, happened, now, registered } from '#testing/relationship-specification.js';
import { defaultPolicies } from '../policies/policy.js';
import type { RelationshipEvent } from '../slices.js';

const way = { channel: 'phone', direction: 'outbound', purpose: 'service' } as const;
const tomorrow = '2026-11-23T12:00:00.000Z';
const recorded: RelationshipEvent = { type: 'contact-recorded', data: { contactId: 'k', ...way } };
const planned: RelationshipEvent = { type: 'contact-planned', data: { contactId: 'k', ...way, plannedFor: tomorrow } };
const record = { name: 'record-contact', body: { contactId: 'k', ...way } } as const;
const plan = { name: 'plan-contact', body: { contactId: 'k', ...way, plannedFor: tomorrow } } as const;
const { channels, purposes } = defaultPolicies.channels[0]!.document;
const byImport = { actor: { kind: 'import', id: 'i' } };

describe('recording a contact', () => {
  it('keeps everything that was said of it', () => {
    const said = {
      handledBy: 'curator-2',
      participants: [{ role: 'buyer', name: 'Bea' }],
      summary: 's',
      result: 'r',
      durationSeconds: 61.5,
      regarding: { dealId: 'd', campaignId: 'm' },
      labels: { queue: 'a' },
    };
    customer({ type: 'deal-opened', data: { dealId: 'd', funnelVersion: 1, stage: 'lead' } })
      .when({ name: 'record-contact', body: { ...record.body, ...said } })
      .decides({ type: 'contact-recorded', data: { contactId: 'k', ...way, ...said } });
  });
  it('keeps nothing that was not said', () => {
    customer()
      .when({ name: 'record-contact', body: { ...record.body, summary: undefined, labels: undefined } })
      .decides(recorded);
  });
  it('rejects an id that is used', () => customer(recorded).when(record).isRejected('contact-id-taken', { id: 'k' }));
  it('rejects the id of a planned contact', () => customer(planned).when(record).isRejected('contact-id-taken'));
  it('rejects a channel that the policy does not know', () => {
    customer()
      .when({ name: 'record-contact', body: { ...record.body, channel: 'pigeon' } })
      .isRejected('channel-unknown', { known: channels });
  });
  it('rejects a purpose that the policy does not know', () => {
    customer()
      .when({ name: 'record-contact', body: { ...record.body, purpose: 'fun' } })
      .isRejected('purpose-unknown', { known: purposes });
  });
  it('rejects a deal that the customer does not have', () => {
    customer()
      .when({ name: 'record-contact', body: { ...record.body, regarding: { dealId: 'd' } } })
      .isRejected('deal-unknown', { id: 'd' });
  });
  it('lets a customer record only inbound contacts', () => {
    const self = { actor: { kind: 'customer', id: 'c' } };
    customer().when(record, self).isRejected('not-for-customers', { direction: 'outbound' });
    customer()
      .when({ name: 'record-contact', body: { ...record.body, direction: 'internal' } }, self)
      .isRejected('not-for-customers');
    const inbound = { ...record.body, channel: 'portal', direction: 'inbound' } as const;
    customer().when({ name: 'record-contact', body: inbound }, self).decides({ type: 'contact-recorded', data: inbound });
  });
});

describe('whoever had a contact', () => {
  const by = (handledBy: string) => ({ name: 'record-contact', body: { contactId: 'k', ...way, handledBy } }) as const;

  it('is a curator who is known', () => customer().when(by('nobody')).isRejected('curator-unknown', { curatorId: 'nobody' }));
  it('may be leaving, or have left since, not before', () => {
    for (const [handledBy, occurredAt] of [
      ['leaving', now],
      ['gone', '2026-06-30T12:00:00.000Z'],
    ] as const)
      customer()
        .when(by(handledBy), { occurredAt })
        .decides({ type: 'contact-recorded', data: { contactId: 'k', ...way, handledBy } });
    customer().when(by('gone')).isRejected('curator-departed', { curatorId: 'gone' });
  });
});

describe('a contact against a withdrawn consent', () => {
  const withdrawn = (purpose?: string): RelationshipEvent => ({
    type: 'consent-withdrawn',
    data: { channel: 'phone', ...(purpose && { purpose }), via: 'call' },
  });
  const granted: RelationshipEvent = { type: 'consent-granted', data: { channel: 'phone', via: 'form' } };

  it('is rejected where the withdrawal named the purpose', () =>
    customer(withdrawn('service')).when(record).isRejected('consent-withdrawn', { channel: 'phone' }));
  it('is rejected where the withdrawal covered all purposes', () => customer(withdrawn()).when(record).isRejected('consent-withdrawn'));
  it('is rejected though another purpose was granted since', () => {
    customer(withdrawn(), { type: 'consent-granted', data: { channel: 'phone', purpose: 'payment', via: 'form' } })
      .when(record)
      .isRejected('consent-withdrawn');
  });
  it('is recorded for another purpose', () => customer(withdrawn('payment')).when(record).decides(recorded));
  it('is recorded on another channel', () => {
    customer({ type: 'consent-withdrawn', data: { channel: 'sms', via: 'call' } })
      .when(record)
      .decides(recorded);
  });
  it('is recorded when it was inbound', () => {
    const inbound = { ...record.body, direction: 'inbound' } as const;
    customer(withdrawn()).when({ name: 'record-contact', body: inbound }).decides({ type: 'contact-recorded', data: inbound });
  });
  it('is recorded after consent was granted again', () => customer(withdrawn(), granted).when(record).decides(recorded));
  it('is recorded when it took place before the withdrawal: consent is judged as of then', () => {
    customer(withdrawn()).when(record, { occurredAt: '2026-11-20T00:00:00.000Z' }).decides(recorded);
  });
  it('is rejected when it took place between a withdrawal and a later grant', () => {
    given(registered, happened(withdrawn(), '2026-02-01T00:00:00.000Z'), happened(granted, '2026-04-01T00:00:00.000Z'))
      .when(record, { occurredAt: '2026-03-01T00:00:00.000Z' })
      .isRejected('consent-withdrawn', { instant: '2026-03-01T00:00:00.000Z' });
  });
  it('goes by when the withdrawal was true, not by when it was recorded', () => {
    given(registered, happened(granted, '2026-04-01T00:00:00.000Z'), happened(withdrawn(), '2026-02-01T00:00:00.000Z'))
      .when(record)
      .decides(recorded);
  });
  it('is not planned, moved or completed either', () => {
    customer(withdrawn()).when(plan).isRejected('consent-withdrawn');
    customer(planned, withdrawn())
      .when({ name: 'reschedule-contact', body: { contactId: 'k', to: '2026-11-25T00:00:00Z' } })
      .isRejected('consent-withdrawn');
    customer(planned, withdrawn())
      .when({ name: 'complete-contact', body: { contactId: 'k' } })
      .isRejected('consent-withdrawn');
  });
  it('is not planned by dating the plan back', () =>
    customer(withdrawn()).when(plan, { occurredAt: '2026-06-01T00:00:00.000Z' }).isRejected('consent-withdrawn'));
  it('was planned before the withdrawal, as an import knows', () => {
    const past = { ...plan.body, plannedFor: '2026-06-02T00:00:00.000Z' };
    customer(withdrawn())
      .when({ name: 'plan-contact', body: past }, { ...byImport, occurredAt: '2026-06-01T00:00:00.000Z' })
      .decides({ type: 'contact-planned', data: past });
  });
});

describe('planning a contact', () => {
  it('keeps the instant in UTC with milliseconds', () => {
    customer()
      .when({ name: 'plan-contact', body: { ...plan.body, plannedFor: '2026-11-23T15:00+03:00' } })
      .decides(planned);
  });
  it('rejects the past', () => {
    customer()
      .when({ name: 'plan-contact', body: { ...plan.body, plannedFor: '2026-11-22T11:54:59.999Z' } })
      .isRejected('planned-in-past', { occurredAt: now });
  });
  it('records a plan of the past that lay ahead when it was made', () => {
    const body = { ...plan.body, plannedFor: '2026-11-20T11:00:00.000Z' };
    customer()
      .when({ name: 'plan-contact', body }, { occurredAt: '2026-11-19T11:00:00.000Z' })
      .decides({ type: 'contact-planned', data: body });
    customer().when({ name: 'plan-contact', body }, { occurredAt: '2026-11-20T11:05:00.001Z' }).isRejected('planned-in-past');
  });
  it('forgives five minutes', () => {
    const body = { ...plan.body, plannedFor: '2026-11-22T11:55:00.000Z' };
    customer().when({ name: 'plan-contact', body }).decides({ type: 'contact-planned', data: body });
  });
  it('takes the past from an import', () => {
    const body = { ...plan.body, plannedFor: '2020-01-01T00:00:00.000Z' };
    customer().when({ name: 'plan-contact', body }, byImport).decides({ type: 'contact-planned', data: body });
  });
  it('rejects a day that does not exist', () => {
    customer()
      .when({ name: 'plan-contact', body: { ...plan.body, plannedFor: '2027-02-30T00:00:00Z' } })
      .isRejected('instant-impossible');
  });
  it('rejects an id that is used', () => customer(recorded).when(plan).isRejected('contact-id-taken'));
  it('rejects a channel, a purpose and a deal that are not known', () => {
    customer()
      .when({ name: 'plan-contact', body: { ...plan.body, channel: 'pigeon' } })
      .isRejected('channel-unknown');
    customer()
      .when({ name: 'plan-contact', body: { ...plan.body, purpose: 'fun' } })
      .isRejected('purpose-unknown');
    customer()
      .when({ name: 'plan-contact', body: { ...plan.body, regarding: { dealId: 'd' } } })
      .isRejected('deal-unknown');
  });
});

describe('a planned contact', () => {
  const move = { name: 'reschedule-contact', body: { contactId: 'k', to: '2026-11-24T00:00:00.000Z' } } as const;
  const complete = { name: 'complete-contact', body: { contactId: 'k' } } as const;
  const miss = { name: 'miss-contact', body: { contactId: 'k', reason: 'ill' } } as const;
  const cancel = { name: 'cancel-contact', body: { contactId: 'k' } } as const;
  const over: readonly RelationshipEvent[] = [
    { type: 'contact-completed', data: { contactId: 'k', ...way } },
    { type: 'contact-missed', data: { contactId: 'k' } },
    { type: 'contact-cancelled', data: { contactId: 'k' } },
  ];

  it('is moved from where it was last', () => {
    customer(planned, { type: 'contact-rescheduled', data: { contactId: 'k', from: tomorrow, to: '2026-11-30T00:00:00.000Z' } })
      .when(move)
      .decides({ type: 'contact-rescheduled', data: { contactId: 'k', from: '2026-11-30T00:00:00.000Z', to: move.body.to } });
  });
  it('stays where it is when moved there', () =>
    customer(planned)
      .when({ name: 'reschedule-contact', body: { contactId: 'k', to: tomorrow } })
      .decidesNothing());
  it('is not moved to a day that does not exist', () => {
    customer(planned)
      .when({ name: 'reschedule-contact', body: { contactId: 'k', to: '2027-02-30T00:00:00Z' } })
      .isRejected('instant-impossible');
  });
  it('is not moved into the past', () => {
    customer(planned)
      .when({ name: 'reschedule-contact', body: { contactId: 'k', to: '2026-01-01T00:00:00Z' } })
      .isRejected('planned-in-past');
  });
  it('takes place as planned', () =>
    customer(planned)
      .when(complete)
      .decides({ type: 'contact-completed', data: { contactId: 'k', ...way } }));
  it('takes place otherwise than planned', () => {
    const otherwise = {
      channel: 'visit',
      direction: 'inbound',
      purpose: 'payment',
      summary: 's',
      result: 'r',
      durationSeconds: 5,
    } as const;
    customer(planned)
      .when({ name: 'complete-contact', body: { contactId: 'k', ...otherwise } })
      .decides({ type: 'contact-completed', data: { contactId: 'k', ...otherwise } });
  });
  it('takes place as planned where a member says nothing', () => {
    customer(planned)
      .when({ name: 'complete-contact', body: { contactId: 'k', channel: null, direction: null, purpose: null } as never })
      .decides({ type: 'contact-completed', data: { contactId: 'k', ...way } });
  });
  it('does not take place in an unknown way', () => {
    customer(planned)
      .when({ name: 'complete-contact', body: { contactId: 'k', channel: 'pigeon' } })
      .isRejected('channel-unknown');
    customer(planned)
      .when({ name: 'complete-contact', body: { contactId: 'k', purpose: 'fun' } })
      .isRejected('purpose-unknown');
    customer(planned)
      .when({ name: 'complete-contact', body: { contactId: 'k', regarding: { dealId: 'd' } } })
      .isRejected('deal-unknown');
  });
  it('is missed', () =>
    customer(planned)
      .when(miss)
      .decides({ type: 'contact-missed', data: { contactId: 'k', reason: 'ill' } }));
  it('is cancelled', () =>
    customer(planned)
      .when(cancel)
      .decides({ type: 'contact-cancelled', data: { contactId: 'k' } }));

  it.each([move, complete, miss, cancel])('is rejected to $name when there is none', (command) =>
    customer().when(command).isRejected('contact-unknown', { id: 'k' }),
  );
  it.each([move, complete, miss, cancel])('is rejected to $name once it took place, was missed or was cancelled', (command) => {
    for (const end of over) customer(planned, end).when(command).isRejected('contact-not-open', { contactId: 'k' });
  });
  it('is none when the contact was recorded without a plan', () => customer(recorded).when(complete).isRejected('contact-not-open'));
});

describe('a promise', () => {
  const made: RelationshipEvent = { type: 'promise-made', data: { promiseId: 'p', text: 'call back', dueAt: tomorrow } };
  const keep = { name: 'keep-promise', body: { promiseId: 'p', note: 'called' } } as const;
  const breaking = { name: 'break-promise', body: { promiseId: 'p', reason: 'forgot' } } as const;

  it('is made', () => {
    customer(recorded)
      .when({
        name: 'make-promise',
        body: { promiseId: 'p', text: 'call back', dueAt: '2026-11-23T12:00:00Z', contactId: 'k', curatorId: 'curator-1' },
      })
      .decides({
        type: 'promise-made',
        data: { promiseId: 'p', text: 'call back', dueAt: tomorrow, contactId: 'k', curatorId: 'curator-1' },
      });
  });
  it('is not made twice', () =>
    customer(made)
      .when({ name: 'make-promise', body: { promiseId: 'p', text: 't', dueAt: tomorrow } })
      .isRejected('promise-id-taken'));
  it('is not made in an unknown contact', () => {
    customer()
      .when({ name: 'make-promise', body: { promiseId: 'p', text: 't', dueAt: tomorrow, contactId: 'k' } })
      .isRejected('contact-unknown');
  });
  it('is not due on a day that does not exist', () => {
    customer()
      .when({ name: 'make-promise', body: { promiseId: 'p', text: 't', dueAt: '2026-02-30T00:00:00Z' } })
      .isRejected('instant-impossible');
  });
  it('is kept', () =>
    customer(made)
      .when(keep)
      .decides({ type: 'promise-kept', data: { promiseId: 'p', note: 'called' } }));
  it('is broken', () =>
    customer(made)
      .when(breaking)
      .decides({ type: 'promise-broken', data: { promiseId: 'p', reason: 'forgot' } }));
  it.each([keep, breaking])('is rejected to $name when unknown', (command) =>
    customer().when(command).isRejected('promise-unknown', { id: 'p' }),
  );
  it.each([keep, breaking])('is rejected to $name once it was kept or broken', (command) => {
    customer(made, { type: 'promise-kept', data: { promiseId: 'p' } })
      .when(command)
      .isRejected('promise-not-open', { promiseId: 'p' });
    customer(made, { type: 'promise-broken', data: { promiseId: 'p' } })
      .when(command)
      .isRejected('promise-not-open');
  });
});
