import { describe, expect, it } from '@jest/globals';
import { customer, given, happened, registered, usualContext } from '#testing/relationship-specification.js';
import { evolveRelationship, initialRelationship } from '../evolve-relationship.js';
import { type DecisionContext, Rejection } from '../kernel/decider.js';
import { defaultPolicies } from '../policies/policy.js';
import { decideRelationship } from '../relationship.js';
import type { Relationship } from '../relationship-state.js';
import { type RelationshipCommand, type RelationshipEvent, relationshipCommands } from '../slices.js';
import { oneMonthAfter } from './due.js';

const dueAt = '2026-12-22T23:59:59.999Z';
const requested: RelationshipEvent = { type: 'erasure-requested', data: { ground: 'objection', dueAt } };
const confirmed: RelationshipEvent = { type: 'erasure-confirmed', data: {} };
const held: RelationshipEvent = { type: 'legal-hold-placed', data: { holdId: 'h' } };
const lifted: RelationshipEvent = { type: 'legal-hold-lifted', data: { holdId: 'h' } };
const erased: RelationshipEvent = { type: 'customer-erased', data: { code: 'objection' } };
const ask = { name: 'request-erasure', body: { ground: 'objection' } } as const;
const confirm = { name: 'confirm-erasure', body: {} } as const;
const erase = { name: 'erase-customer', body: {} } as const;
const boss: Partial<DecisionContext> = { actor: { kind: 'supervisor', id: 'boss' } };
const requestedBy = (actor: DecisionContext['actor']) => given(registered, { ...happened(requested), actor });

describe('the month in which an erasure is due', () => {
  it.each([
    ['2026-11-22T12:00:00.000Z', 'UTC', '2026-12-22T23:59:59.999Z'],
    ['2026-01-31T00:00:00.000Z', 'UTC', '2026-02-28T23:59:59.999Z'],
    ['2028-01-31T00:00:00.000Z', 'UTC', '2028-02-29T23:59:59.999Z'],
    ['2026-12-31T23:30:00.000Z', 'UTC', '2027-01-31T23:59:59.999Z'],
    // In Berlin it is the next year already, and in summer the day ends two hours before that of UTC.
    ['2026-12-31T23:30:00.000Z', 'Europe/Berlin', '2027-02-01T22:59:59.999Z'],
    ['2026-06-15T10:00:00.000Z', 'Europe/Berlin', '2026-07-15T21:59:59.999Z'],
    ['2026-06-15T10:00:00.000Z', 'America/New_York', '2026-07-16T03:59:59.999Z'],
    // Samoa had no 30 December 2011.
    ['2011-11-29T12:00:00.000Z', 'Pacific/Apia', '2011-12-30T09:59:59.999Z'],
    ['9999-12-15T00:00:00.000Z', 'UTC', '9999-12-31T23:59:59.999Z'],
  ])('from %s in %s ends at %s', (instant, zone, end) => expect(oneMonthAfter(instant, zone)).toBe(end));
});

describe('an erasure', () => {
  it('is requested, and due in a month', () => customer().when(ask).decides(requested));
  it('is due in a month of the company', () => {
    const company = [{ ...defaultPolicies.company[0]!, document: { zone: 'Europe/Berlin' } }];
    customer()
      .when({ name: 'request-erasure', body: {} }, { policies: { ...defaultPolicies, company } })
      .decides({ type: 'erasure-requested', data: { ground: 'unstated', dueAt: '2026-12-22T22:59:59.999Z' } });
  });
  it('is not requested twice, but again once it was rejected', () => {
    customer(requested).when(ask).isRejected('erasure-already-requested', { dueAt });
    customer(requested, { type: 'erasure-rejected', data: { exception: 'legal-claims' } })
      .when(ask)
      .decides(requested);
  });
  it('is confirmed by another actor', () => requestedBy({ kind: 'admin', id: 'boss' }).when(confirm, boss).decides(confirmed));
  it('is not confirmed by whoever requested it unless the policy says so', () => {
    const one = requestedBy({ kind: 'supervisor', id: 'boss' });
    one.when(confirm, boss).isRejected('second-actor-required');
    const [version] = defaultPolicies.privacy;
    const privacy = [{ ...version!, document: { ...version!.document, secondActor: false } }];
    one.when(confirm, { ...boss, policies: { ...defaultPolicies, privacy } }).decides(confirmed);
  });
  it('is neither requested nor confirmed on behalf of an import, where anybody may act under any name', () => {
    const asImport = { ...boss, actor: { kind: 'import', id: 'crm' } };
    requestedBy({ kind: 'supervisor', id: 'other' }).when(confirm, asImport).isRejected('second-actor-required');
    requestedBy({ kind: 'import', id: 'crm' }).when(confirm, boss).isRejected('second-actor-required');
  });
  it('is confirmed once, and not before it is requested', () => {
    customer(requested, confirmed).when(confirm, boss).isRejected('erasure-already-confirmed');
    customer().when(confirm, boss).isRejected('erasure-not-requested');
  });
  it('is rejected for an exception', () => {
    const rejection = { name: 'reject-erasure', body: { exception: 'legal-obligation', reason: 'invoices' } } as const;
    customer(requested)
      .when(rejection)
      .decides({ type: 'erasure-rejected', data: { exception: 'legal-obligation', reason: 'invoices' } });
    customer().when(rejection).isRejected('erasure-not-requested');
  });
  it('is carried out once it is confirmed', () => {
    customer(requested, confirmed).when(erase).decides(erased);
    customer(requested).when(erase).isRejected('erasure-not-confirmed');
    customer().when(erase).isRejected('erasure-not-requested');
  });
  it('waits for the last legal hold', () => {
    customer(requested, held).when(confirm, boss).isRejected('legal-hold-in-force');
    customer(requested, confirmed, held).when(erase).isRejected('legal-hold-in-force');
    customer(requested, confirmed, held, lifted).when(erase).decides(erased);
  });
  it('is overdue from its due time on, once', () => {
    const mark = (at: string): RelationshipCommand => ({ name: 'mark-erasure-overdue', body: { dueAt: at } });
    const overdue: RelationshipEvent = { type: 'erasure-overdue', data: { dueAt } };
    customer(requested).when(mark(dueAt), { now: dueAt, occurredAt: dueAt }).decides(overdue);
    customer(requested).when(mark(dueAt)).isRejected('not-overdue');
    customer(requested).when(mark('2026-01-01T00:00:00.000Z'), { now: dueAt }).isRejected('not-overdue');
    customer(requested, overdue).when(mark(dueAt), { now: dueAt }).isRejected('already-overdue');
  });
  it('of a survivor is one of whoever was merged into it, unless a legal hold is in force there', () => {
    const merged: RelationshipEvent = { type: 'customer-merged', data: { into: 'survivor' } };
    const erase = { name: 'erase-merged-customer', body: { ground: 'objection' } } as const;
    customer(merged).when(erase).decides(erased);
    customer(merged, erased).when(erase).decidesNothing();
    customer(held, merged).when(erase).isRejected('legal-hold-in-force');
    customer().when(erase).isRejected('customer-not-merged');
    customer(merged, { type: 'customer-unmerged', data: { from: 'survivor' } })
      .when(erase)
      .isRejected('customer-not-merged');
  });
  it('is complete once, by the hash of its certificate', () => {
    const complete = { name: 'complete-erasure', body: { certificateHash: 'a'.repeat(64) } } as const;
    const completed: RelationshipEvent = { type: 'erasure-completed', data: complete.body };
    customer(requested, confirmed, erased).when(complete).decides(completed);
    customer(requested, confirmed, erased, completed).when(complete).decidesNothing();
    customer(requested, confirmed).when(complete).isRejected('customer-not-erased');
  });
  it('ends all else: whoever asks again is told when it was', () => {
    for (const command of [ask, confirm, { name: 'place-legal-hold', body: { holdId: 'x' } }] as const)
      customer(erased).when(command).isRejected('customer-erased', { erasedAt: '2026-11-21T12:00:00.000Z' });
  });
});

describe('a legal hold', () => {
  it('is placed and lifted once', () => {
    customer()
      .when({ name: 'place-legal-hold', body: { holdId: 'h' } })
      .decides(held);
    customer(held)
      .when({ name: 'place-legal-hold', body: { holdId: 'h' } })
      .isRejected('hold-id-taken');
    customer(held)
      .when({ name: 'lift-legal-hold', body: { holdId: 'h' } })
      .decides(lifted);
    customer(held, lifted)
      .when({ name: 'lift-legal-hold', body: { holdId: 'h' } })
      .isRejected('hold-not-in-force', { id: 'h' });
    customer()
      .when({ name: 'lift-legal-hold', body: { holdId: 'h' } })
      .isRejected('hold-unknown', { id: 'h' });
  });
});

describe('a restriction', () => {
  const restricted: RelationshipEvent = { type: 'processing-restricted', data: { ground: 'unlawful' } };
  const restrict = { name: 'restrict-processing', body: { ground: 'unlawful' } } as const;
  const consent = { name: 'withdraw-consent', body: { channel: 'phone', via: 'form' } } as const;
  it('is imposed and lifted', () => {
    customer().when(restrict).decides(restricted);
    customer(restricted).when(restrict).decidesNothing();
    customer(restricted).when({ name: 'lift-restriction', body: {} }).decides({ type: 'processing-restriction-lifted', data: {} });
    customer().when({ name: 'lift-restriction', body: {} }).isRejected('restriction-not-in-force');
  });
  it('leaves the customer the own consents, and staff nothing that is recorded, of whatever day', () => {
    const decided: RelationshipEvent = { type: 'consent-withdrawn', data: consent.body };
    customer(restricted)
      .when(consent, { actor: { kind: 'customer', id: 'c' } })
      .decides(decided);
    customer(restricted).when(consent).isRejected('processing-restricted');
    customer(restricted)
      .when({ name: 'add-identifier', body: { kind: 'phone', value: '1' } }, { occurredAt: '2020-01-01T00:00:00.000Z' })
      .isRejected('processing-restricted', { command: 'add-identifier' });
  });
  it('rejects every command of every actor but those that it names', () => {
    const ofPrivacy = ['request-erasure', 'confirm-erasure', 'reject-erasure', 'place-legal-hold', 'lift-legal-hold'];
    const access = ['request-access', 'release-access', 'reject-access'];
    const always = [...ofPrivacy, ...access, 'restrict-processing', 'lift-restriction', 'object-to-marketing', 'give-erasure-receipt'];
    const succession = ['assign-curator', 'reassign-deal', 'reassign-contact', 'reassign-promise'];
    const own = ['grant-consent', 'withdraw-consent', 'withdraw-marketing-objection'];
    const commands = relationshipCommands.filter(({ path, name }) => path !== undefined && name !== 'register-customer');
    const state = [registered, happened(restricted)].reduce<Relationship>(evolveRelationship, initialRelationship);
    for (const kind of ['curator', 'supervisor', 'service', 'import', 'system', 'customer']) {
      const isOpen = ({ name }: (typeof commands)[number]): boolean => {
        try {
          const context = { ...usualContext, actor: { kind, id: 'c' } };
          decideRelationship(state, { name, body: {} } as never, context, []);
        } catch (error) {
          return !(error instanceof Rejection) || !['processing-restricted', 'not-for-customers'].includes(error.code);
        }
        return true;
      };
      const expected =
        kind === 'customer' ? ['request-erasure', 'request-access', 'object-to-marketing', ...own] : [...always, ...succession];
      expect([
        kind,
        commands
          .filter(isOpen)
          .map(({ name }) => name)
          .toSorted(),
      ]).toEqual([kind, expected.toSorted()]);
    }
  });
  it('keeps nobody from a successor, and a request from being decided', () => {
    customer(restricted)
      .when({ name: 'assign-curator', body: { curatorId: 'ann' } })
      .decides({ type: 'curator-assigned', data: { curatorId: 'ann', from: usualContext.occurredAt } });
    customer(restricted).when(ask).decides(requested);
  });
});

describe('an objection to marketing', () => {
  const objected: RelationshipEvent = { type: 'marketing-objected', data: { via: 'form' } };
  const contact = (purpose: string, direction: 'outbound' | 'inbound' = 'outbound') =>
    ({ name: 'record-contact', body: { contactId: 'k', channel: 'phone', direction, purpose } }) as const;
  const march = '2026-03-01T00:00:00.000Z';
  it('is recorded and withdrawn', () => {
    customer()
      .when({ name: 'object-to-marketing', body: { via: 'form' } })
      .decides(objected);
    customer(objected)
      .when({ name: 'object-to-marketing', body: { via: 'call' } })
      .decidesNothing();
    customer(objected)
      .when({ name: 'withdraw-marketing-objection', body: { via: 'call' } })
      .decides({ type: 'marketing-objection-withdrawn', data: { via: 'call' } });
    customer()
      .when({ name: 'withdraw-marketing-objection', body: { via: 'call' } })
      .isRejected('objection-not-in-force');
  });
  it('stops outbound contacts for marketing, and no others', () => {
    const one = given(registered, happened(objected, march));
    one.when(contact('information')).isRejected('marketing-objected');
    one.when(contact('service')).decides({ type: 'contact-recorded', data: contact('service').body });
    one.when(contact('information', 'inbound')).decides({ type: 'contact-recorded', data: contact('information', 'inbound').body });
    one
      .when(contact('information'), { occurredAt: '2026-02-01T00:00:00.000Z' })
      .decides({ type: 'contact-recorded', data: contact('information').body });
    one
      .when({
        name: 'plan-contact',
        body: { contactId: 'k', channel: 'phone', direction: 'outbound', purpose: 'purchase', plannedFor: dueAt },
      })
      .isRejected('marketing-objected', { purpose: 'purchase' });
  });
});

describe('a publishing key of a customer', () => {
  const disclosed: RelationshipEvent = { type: 'publishing-key-disclosed', data: { subscriberId: 'mail', keyId: 'k1' } };
  const disclose = (subscriberId: string, keyId = 'k1') => ({ name: 'disclose-publishing-key', body: { subscriberId, keyId } }) as const;
  const subscriber: DecisionContext['subscriber'] = (id) =>
    ({ mail: { deadlineDays: 14 }, gone: { deadlineDays: 3, endedAt: '2026-01-01T00:00:00.000Z' } })[id];
  const context = { ...boss, subscriber };

  it('is disclosed to registered subscribers, and recorded once for each key', () => {
    customer().when(disclose('mail'), context).decides(disclosed);
    customer(disclosed).when(disclose('mail'), context).decidesNothing();
    customer(disclosed)
      .when(disclose('mail', 'k2'), context)
      .decides({ ...disclosed, data: { subscriberId: 'mail', keyId: 'k2' } });
    customer().when(disclose('nobody'), context).isRejected('subscriber-unknown', { subscriberId: 'nobody' });
    customer().when(disclose('gone'), context).isRejected('subscriber-ended', { subscriberId: 'gone' });
  });
  it('is disclosed of a customer who was merged away, not of one who was erased', () => {
    customer({ type: 'customer-merged', data: { into: 'other' } })
      .when(disclose('mail'), context)
      .decides(disclosed);
    customer(erased).when(disclose('mail'), context).isRejected('customer-erased');
    given().when(disclose('mail'), context).isRejected('customer-unknown');
  });
  it('has its holders confirm the erasure, each within its own deadline from then on', () => {
    const toGone: RelationshipEvent = { type: 'publishing-key-disclosed', data: { subscriberId: 'gone', keyId: 'k1' } };
    customer(disclosed, toGone, requested, confirmed)
      .when(erase, { ...context, now: '2026-11-22T12:00:00.000Z' })
      .decides(
        {
          type: 'erasure-receipts-requested',
          data: {
            receipts: [
              { subscriberId: 'mail', dueAt: '2026-12-06T12:00:00.000Z' },
              { subscriberId: 'gone', dueAt: '2026-11-25T12:00:00.000Z' },
            ],
          },
        },
        { type: 'customer-erased', data: { code: 'objection' } },
      );
  });

  const receipts: RelationshipEvent = {
    type: 'erasure-receipts-requested',
    data: { receipts: [{ subscriberId: 'mail', dueAt: '2026-12-06T12:00:00.000Z' }] },
  };
  const confirmedReceipt: RelationshipEvent = { type: 'erasure-receipt-given', data: { subscriberId: 'mail' } };
  const overdue: RelationshipEvent = { type: 'erasure-receipt-overdue', data: { subscriberId: 'mail', dueAt: '2026-12-06T12:00:00.000Z' } };
  const give = { name: 'give-erasure-receipt', body: {} } as const;
  const mark = { name: 'mark-receipt-overdue', body: { subscriberId: 'mail', dueAt: '2026-12-06T12:00:00.000Z' } } as const;
  const as = (id: string) => ({ actor: { kind: 'service', id } });

  it('has its receipt given by the subscriber that has it, late too, once', () => {
    customer(receipts, erased).when(give, as('mail')).decides(confirmedReceipt);
    customer(receipts, erased, overdue).when(give, as('mail')).decides(confirmedReceipt);
    customer(receipts, erased, confirmedReceipt).when(give, as('mail')).decidesNothing();
    customer(receipts, erased).when(give, as('other')).isRejected('receipt-not-due', { subscriberId: 'other' });
    customer(disclosed).when(give, as('mail')).isRejected('customer-not-erased');
  });
  it('has its receipt recorded as overdue after its deadline, once, unless it was given', () => {
    const late = { now: '2026-12-06T12:00:00.000Z' };
    customer(receipts, erased).when(mark, late).decides(overdue);
    customer(receipts, erased, overdue).when(mark, late).decidesNothing();
    customer(receipts, erased, confirmedReceipt).when(mark, late).decidesNothing();
    customer(receipts, erased)
      .when(mark, { now: '2026-12-06T11:59:59.999Z' })
      .isRejected('not-overdue', { dueAt: '2026-12-06T12:00:00.000Z' });
  });
});

describe('a request for all that is kept of a customer', () => {
  const open: RelationshipEvent = { type: 'access-requested', data: { dueAt } };
  const boss: Partial<DecisionContext> = { actor: { kind: 'supervisor', id: 'boss' } };
  const own: Partial<DecisionContext> = { actor: { kind: 'customer', id: 'c' } };

  it('is made by the customer too, once, and is due in a month', () => {
    customer().when({ name: 'request-access', body: {} }, own).decides(open);
    customer(open).when({ name: 'request-access', body: {} }).isRejected('access-already-requested', { dueAt });
  });
  it('is released or rejected with a code, once, and never by the customer', () => {
    const reject = { name: 'reject-access', body: { ground: 'excessive' } } as const;
    const release = { name: 'release-access', body: {} } as const;
    customer(open).when(release, boss).decides({ type: 'access-released', data: {} });
    customer(open)
      .when(reject, boss)
      .decides({ type: 'access-rejected', data: { ground: 'excessive' } });
    const ends: readonly RelationshipEvent[] = [
      { type: 'access-released', data: {} },
      { type: 'access-rejected', data: { ground: 'excessive' } },
    ];
    for (const done of ends) {
      for (const command of [release, reject]) customer(open, done).when(command, boss).isRejected('access-not-requested');
      customer(open, done).when({ name: 'request-access', body: {} }).decides(open);
    }
    for (const command of [release, reject]) customer(open).when(command, own).isRejected('not-for-customers');
  });
  it('is released without texts of events of this customer only', () =>
    customer(open)
      .when({ name: 'release-access', body: { withheld: ['elsewhere'] } }, boss)
      .isRejected('event-unknown', { eventIds: ['elsewhere'] }));
  it('is possible while processing is restricted', () => {
    const restricted: RelationshipEvent = { type: 'processing-restricted', data: { ground: 'unlawful' } };
    customer(restricted).when({ name: 'request-access', body: {} }).decides(open);
    customer(restricted, open).when({ name: 'release-access', body: {} }, boss).decides({ type: 'access-released', data: {} });
  });
});
