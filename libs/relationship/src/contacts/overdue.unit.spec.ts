import { describe, it } from '@jest/globals';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { customer, given, happened, now, registered } from '#testing/relationship-specification.js';
import type { RelationshipEvent } from '../slices.js';

const due = '2026-11-22T10:00:00.000Z';
const overdueAt = '2026-11-22T11:00:00.000Z';
const asOf = { occurredAt: overdueAt, actor: { kind: 'system', id: 'overdue' } };
const promised: RelationshipEvent = { type: 'promise-made', data: { promiseId: 'p', text: 't', dueAt: due, curatorId: 'ann' } };
const planned: RelationshipEvent = {
  type: 'contact-planned',
  data: { contactId: 'k', channel: 'phone', direction: 'outbound', purpose: 'service', plannedFor: due },
};
const moved = (to: string): RelationshipEvent => ({ type: 'contact-rescheduled', data: { contactId: 'k', from: due, to } });
const markPromise = { name: 'mark-promise-overdue', body: { promiseId: 'p' } } as const;
const markContact = { name: 'mark-contact-overdue', body: { contactId: 'k', plannedFor: due } } as const;
const promiseOverdue: RelationshipEvent = {
  type: 'promise-overdue',
  data: { promiseId: 'p', dueAt: due, curatorId: 'ann', overdueVersion: 1 },
};
const contactOverdue: RelationshipEvent = { type: 'contact-overdue', data: { contactId: 'k', plannedFor: due, overdueVersion: 1 } };

describe('a promise that is overdue', () => {
  it('is recorded once, with whose work it is then', () => {
    customer(promised).when(markPromise, asOf).decides(promiseOverdue);
    customer(promised, promiseOverdue).when(markPromise, asOf).isRejected('already-overdue', { promiseId: 'p' });
    customer(promised, { type: 'promise-reassigned', data: { promiseId: 'p', curatorId: 'bea', formerCuratorId: 'ann' } })
      .when(markPromise, asOf)
      .decides({ ...promiseOverdue, data: { ...promiseOverdue.data, curatorId: 'bea' } } as RelationshipEvent);
  });
  it('is open still', () => {
    customer(promised, { type: 'promise-kept', data: { promiseId: 'p' } })
      .when(markPromise, asOf)
      .isRejected('promise-not-open');
    customer().when(markPromise, asOf).isRejected('promise-unknown');
    customer(promised, promiseOverdue)
      .when({ name: 'keep-promise', body: { promiseId: 'p' } })
      .decides({ type: 'promise-kept', data: { promiseId: 'p' } });
  });
  it('is recorded as of the end of its period of grace, and not before', () => {
    customer(promised)
      .when(markPromise, { ...asOf, occurredAt: now })
      .isRejected('not-overdue', { due, overdueFrom: overdueAt });
    customer(promised)
      .when(markPromise, { ...asOf, now: '2026-11-22T10:59:59.999Z' })
      .isRejected('not-overdue', { due, overdueFrom: overdueAt });
    customer(promised)
      .when(markPromise, { ...asOf, now: overdueAt })
      .decides(promiseOverdue);
  });
  it('has the period of grace that was in force when it was due', () => {
    const versions = [
      { version: 2, effectiveFrom: '2026-11-22T09:00:00.000Z', document: { promiseGraceMinutes: 30, contactGraceMinutes: 0 } },
      { version: 3, effectiveFrom: '2026-11-22T10:00:00.001Z', document: { promiseGraceMinutes: 5, contactGraceMinutes: 0 } },
    ];
    const policies = versions.reduce(
      (history, version) => applyPolicyEvent(history, { type: 'policy-published', data: { name: 'overdue', ...version } }),
      defaultPolicies,
    );
    customer(promised)
      .when(markPromise, { ...asOf, policies, occurredAt: '2026-11-22T10:30:00.000Z' })
      .decides({ ...promiseOverdue, data: { ...promiseOverdue.data, overdueVersion: 2 } } as RelationshipEvent);
    customer(planned)
      .when(markContact, { ...asOf, policies, occurredAt: due })
      .decides({ ...contactOverdue, data: { ...contactOverdue.data, overdueVersion: 2 } } as RelationshipEvent);
  });
  it('at the end of time is not overdue', () => {
    customer({ ...promised, data: { ...promised.data, dueAt: '9999-12-31T23:30:00.000Z' } } as RelationshipEvent)
      .when(markPromise, asOf)
      .isRejected('not-overdue', { due: '9999-12-31T23:30:00.000Z', overdueFrom: '9999-12-31T23:59:59.999Z' });
  });
});

describe('a planned contact that is overdue', () => {
  it('is recorded once, as the work of whoever is responsible for the customer where it was given to nobody', () => {
    customer(planned).when(markContact, asOf).decides(contactOverdue);
    customer(planned, contactOverdue).when(markContact, asOf).isRejected('already-overdue', { contactId: 'k', plannedFor: due });
    given(
      registered,
      happened({ type: 'curator-assigned', data: { curatorId: 'bea', from: '2026-02-01T00:00:00.000Z' } }),
      happened(planned),
    )
      .when(markContact, asOf)
      .decides({ ...contactOverdue, data: { ...contactOverdue.data, curatorId: 'bea' } } as RelationshipEvent);
  });
  it('is open still, and was not moved', () => {
    customer(planned, { type: 'contact-cancelled', data: { contactId: 'k' } })
      .when(markContact, asOf)
      .isRejected('contact-not-open');
    const later = '2026-11-25T10:00:00.000Z';
    customer(planned, moved(later)).when(markContact, asOf).isRejected('not-overdue', { contactId: 'k', plannedFor: later });
  });
  it('that is moved may become overdue again', () => {
    const again = '2026-11-22T10:30:00.000Z';
    customer(planned, contactOverdue, moved(again))
      .when(
        { name: 'mark-contact-overdue', body: { contactId: 'k', plannedFor: again } },
        { ...asOf, occurredAt: '2026-11-22T11:30:00.000Z' },
      )
      .decides({ ...contactOverdue, data: { ...contactOverdue.data, plannedFor: again } } as RelationshipEvent);
  });
});

describe('what is said of work that the stream does not know', () => {
  it('makes none of it', () => {
    const keep = { name: 'keep-promise', body: { promiseId: 'p' } } as const;
    const complete = { name: 'complete-contact', body: { contactId: 'k' } } as const;
    customer(promiseOverdue).when(keep).isRejected('promise-unknown');
    customer({ type: 'promise-reassigned', data: { promiseId: 'p', curatorId: 'bea' } })
      .when(keep)
      .isRejected('promise-unknown');
    customer(contactOverdue).when(complete).isRejected('contact-unknown');
    customer(moved(due)).when(complete).isRejected('contact-unknown');
    customer({ type: 'contact-reassigned', data: { contactId: 'k', curatorId: 'bea' } })
      .when(complete)
      .isRejected('contact-unknown');
  });
});

describe('a customer who is somebody else or gone', () => {
  it.each([
    ['customer-merged', { into: 'other' }],
    ['customer-erased', {}],
  ] as const)('by %s has nothing that is overdue', (type, data) => {
    customer(promised, { type, data } as RelationshipEvent)
      .when(markPromise, asOf)
      .isRejected(type);
  });
});
