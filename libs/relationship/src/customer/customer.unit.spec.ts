import { describe, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { customer, given, happened, now, registered } from '#testing/relationship-specification.js';
import { BIRTH_DATE } from '../kernel/calendar.js';
import type { FormerVersion } from '../kernel/event.js';
import type { RelationshipEvent } from '../slices.js';
import { profileRecorded } from './events.js';

const phone = { kind: 'phone', value: '+49 1' };
const phoneAdded: RelationshipEvent = { type: 'customer-identifier-added', data: phone };

describe('registering a customer', () => {
  it('records the party, by default as a customer', () => {
    given()
      .when({ name: 'register-customer', body: { customerId: 'c', kind: 'person' } })
      .decides({ type: 'customer-registered', data: { kind: 'person', role: 'customer' } });
  });

  it('is open to a curator who is not registered yet, and not to one who is leaving', () => {
    const register = { name: 'register-customer', body: { customerId: 'c', kind: 'person' } } as const;
    given()
      .when(register, { actor: { kind: 'curator', id: 'nobody' } })
      .decides({ type: 'customer-registered', data: { kind: 'person', role: 'customer' } });
    given()
      .when(register, { actor: { kind: 'curator', id: 'leaving' } })
      .isRejected('curator-departing', { curatorId: 'leaving' });
  });

  it('records identifiers, acquisition and profile as events of their own, each identifier once', () => {
    const profile = { organisation: { industry: 'steel', employees: 40 } };
    const body = {
      customerId: 'c',
      kind: 'organisation',
      role: 'partner',
      identifiers: [phone, phone],
      acquisition: { source: 'fair' },
      profile,
    } as const;
    given()
      .when({ name: 'register-customer', body: { ...body, identifiers: [...body.identifiers] } })
      .decides(
        { type: 'customer-registered', data: { kind: 'organisation', role: 'partner' } },
        phoneAdded,
        { type: 'acquisition-recorded', data: { source: 'fair' } },
        { type: 'customer-profile-recorded', data: profile },
      );
  });

  it('records every identifier that differs in kind or value', () => {
    const identifiers = [phone, { kind: 'phone', value: '+49 2' }, { kind: 'messenger', value: '+49 1' }];
    given()
      .when({ name: 'register-customer', body: { customerId: 'c', kind: 'person', identifiers: [...identifiers, phone] } })
      .decides(
        { type: 'customer-registered', data: { kind: 'person', role: 'customer' } },
        ...identifiers.map((data) => ({ type: 'customer-identifier-added', data }) as const),
      );
  });

  it('is done by a service that has the id of a curator who is leaving', () => {
    given()
      .when({ name: 'register-customer', body: { customerId: 'c', kind: 'person' } }, { actor: { kind: 'service', id: 'leaving' } })
      .decides({ type: 'customer-registered', data: { kind: 'person', role: 'customer' } });
  });

  it('is rejected in the future', () => {
    given()
      .when({ name: 'register-customer', body: { customerId: 'c', kind: 'person' } }, { occurredAt: '2027-01-01T00:00:00.000Z' })
      .isRejected('occurred-in-future');
  });

  it('comes first: what stands in a stream before it makes no customer', () => {
    given(happened({ type: 'customer-details-corrected', data: { field: 'segment', to: 'retail' } }))
      .when({ name: 'correct-details', body: { field: 'segment', to: 'gold' } })
      .isRejected('customer-unknown');
  });

  it('records no profile that says nothing', () => {
    given()
      .when({ name: 'register-customer', body: { customerId: 'c', kind: 'person', profile: { person: {} } } })
      .decides({ type: 'customer-registered', data: { kind: 'person', role: 'customer' } });
  });

  it('is rejected a second time', () => {
    customer()
      .when({ name: 'register-customer', body: { customerId: 'c', kind: 'person' } })
      .isRejected('customer-already-registered');
  });
});

describe('a birth date', () => {
  const profile = (birthDate: string) => ({ person: { birthDate } });

  it.each(['1985-05-15', '--05-15'])('%s is recorded', (birthDate) => {
    customer()
      .when({ name: 'record-profile', body: profile(birthDate) })
      .decides({ type: 'customer-profile-recorded', data: profile(birthDate) });
  });

  it('that is no calendar date is rejected, also where the customer is registered with it', () => {
    for (const birthDate of ['31182', '0000-00-00', '1985-02-29', '1985-05-14T22:00:00.000Z'])
      for (const rejected of [
        customer().when({ name: 'record-profile', body: profile(birthDate) }),
        given().when({ name: 'register-customer', body: { customerId: 'c', kind: 'person', profile: profile(birthDate) } }),
      ])
        rejected.isRejected('birth-date-impossible', {});
  });

  it('that is none may be recorded as it was given', () => {
    const body = { person: { birthDateAsGiven: 'spring 1985' } };
    customer().when({ name: 'record-profile', body }).decides({ type: 'customer-profile-recorded', data: body });
  });

  it('of version 1 that is a date stays, any other text is kept as given', () => {
    const [{ upcast }] = profileRecorded.former as readonly [FormerVersion];
    const read = (person: object) => upcast({ person, attributes: { a: 'b' } } as never);
    expect(read({ birthDate: '--05-15', property: 'a flat' })).toEqual({
      person: { birthDate: '--05-15', property: 'a flat' },
      attributes: { a: 'b' },
    });
    expect(read({ birthDate: '31182', property: 'a flat' })).toEqual({
      person: { birthDateAsGiven: '31182', property: 'a flat' },
      attributes: { a: 'b' },
    });
    expect(read({ property: 'a flat' })).toEqual({ person: { property: 'a flat' }, attributes: { a: 'b' } });
    expect(upcast({ attributes: {} } as never)).toEqual({ attributes: {} });
  });

  it('of version 1 is never lost, and is of the present schema, whatever text it is', () => {
    const [{ upcast }] = profileRecorded.former as readonly [FormerVersion];
    const valid = new Ajv2020({ strict: false }).compile(profileRecorded.schema);
    const text = fc.oneof(fc.string({ minLength: 1, maxLength: 50 }), fc.stringMatching(new RegExp(BIRTH_DATE)));
    fc.assert(
      fc.property(text, (birthDate) => {
        const read = upcast({ person: { birthDate } } as never) as { readonly person: Readonly<Record<string, string>> };
        expect([valid(read), Object.values(read.person)]).toEqual([true, [birthDate]]);
      }),
    );
  });
});

describe('a customer who cannot be acted on', () => {
  const command = { name: 'record-profile', body: { person: { birthDate: '1970-01-01' } } } as const;
  const merged: RelationshipEvent = { type: 'customer-merged', data: { into: 'survivor' } };
  const again = { name: 'register-customer', body: { customerId: 'c', kind: 'person' } } as const;

  it('is rejected when unknown', () => given().when(command).isRejected('customer-unknown'));

  it('is rejected when merged away, with the id that survives', () => {
    customer(merged).when(command).isRejected('customer-merged', { survivingCustomerId: 'survivor' });
  });

  it('is rejected when erased, and also to be registered again', () => {
    const erased = customer({ type: 'customer-erased', data: { code: 'unstated' } });
    erased.when(command).isRejected('customer-erased');
    erased.when(again, { actor: { kind: 'service', id: 'crm' } }).isRejected('customer-erased');
  });

  it.each<RelationshipEvent>([merged, { type: 'customer-erased', data: { code: 'unstated' } }])(
    'is merely registered already for whoever does not see all customers: $type',
    (event) => {
      for (const actor of [
        { kind: 'curator', id: 'other' },
        { kind: 'supervisor', id: 'sue', leads: () => true },
      ])
        customer(event).when(again, { actor }).isRejected('customer-already-registered');
    },
  );

  it('is as it was before once the merge is undone, with what happened meanwhile', () => {
    customer(
      phoneAdded,
      merged,
      { type: 'customer-identifier-added', data: { kind: 'email', value: 'a@b.example' } },
      { type: 'customer-unmerged', data: { from: 'survivor' } },
    )
      .when({ name: 'add-identifier', body: { kind: 'email', value: 'a@b.example' } })
      .decidesNothing();
  });
});

describe('time', () => {
  const command = { name: 'record-profile', body: { person: { birthDate: '1970-01-01' } } } as const;

  it('rejects what has not happened yet', () => {
    customer().when(command, { occurredAt: '2026-11-22T12:05:00.001Z' }).isRejected('occurred-in-future', { now });
  });

  it('forgives a clock that runs five minutes ahead', () => {
    customer().when(command, { occurredAt: '2026-11-22T12:05:00.000Z' }).decides({ type: 'customer-profile-recorded', data: command.body });
  });

  it('accepts what happened before the customer was registered', () => {
    customer().when(command, { occurredAt: '1999-01-01T00:00:00.000Z' }).decides({ type: 'customer-profile-recorded', data: command.body });
  });
});

describe('identifiers', () => {
  it('are added', () => {
    customer()
      .when({ name: 'add-identifier', body: { ...phone, label: 'home' } })
      .decides({ type: 'customer-identifier-added', data: { ...phone, label: 'home' } });
  });
  it('of kind email look like an e-mail address', () => {
    for (const value of ['anna@example.org', ' Anna@Example.ORG', 'mailto:anna@example.org', 'änne@exämple.de'])
      customer()
        .when({ name: 'add-identifier', body: { kind: 'email', value } })
        .decides({
          type: 'customer-identifier-added',
          data: { kind: 'email', value },
        });
    for (const value of ['anna', 'anna@', '@example.org', 'anna@example', 'a@b.example, c@d.example'])
      customer()
        .when({ name: 'add-identifier', body: { kind: 'email', value } })
        .isRejected('email-invalid', { kind: 'email' });
    given()
      .when({ name: 'register-customer', body: { customerId: 'c', kind: 'person', identifiers: [{ kind: 'email', value: 'anna' }] } })
      .isRejected('email-invalid');
  });
  it('are not added twice', () => customer(phoneAdded).when({ name: 'add-identifier', body: phone }).decidesNothing());
  it('are removed', () => {
    customer(phoneAdded)
      .when({ name: 'remove-identifier', body: { ...phone, reason: 'moved' } })
      .decides({ type: 'customer-identifier-removed', data: { ...phone, reason: 'moved' } });
  });
  it('that the customer does not have cannot be removed, and the rejection does not repeat them', () => {
    customer().when({ name: 'remove-identifier', body: phone }).isRejected('identifier-unknown', { kind: 'phone' });
  });
  it('that were removed may come back', () => {
    customer(phoneAdded, { type: 'customer-identifier-removed', data: phone })
      .when({ name: 'add-identifier', body: phone })
      .decides(phoneAdded);
  });
});

describe('profile and details', () => {
  it('rejects a profile that says nothing', () =>
    customer()
      .when({ name: 'record-profile', body: { person: {} } })
      .isRejected('nothing-recorded'));
  it('corrects the role to one that there is', () => {
    const to = (role: string) => ({ name: 'correct-details', body: { field: 'role', to: role } }) as const;
    customer()
      .when(to('supplier'))
      .decides({ type: 'customer-details-corrected', data: { field: 'role', from: 'customer', to: 'supplier' } });
    customer().when(to('customer')).decidesNothing();
    customer()
      .when(to('boss'))
      .isRejected('role-unknown', { known: ['customer', 'supplier', 'partner', 'public-body', 'internal'] });
  });
  it('corrects a detail and keeps the former value', () => {
    customer()
      .when({ name: 'correct-details', body: { field: 'displayName', to: 'Anna' } })
      .decides({ type: 'customer-details-corrected', data: { field: 'displayName', from: 'Ann', to: 'Anna' } });
  });
  it('corrects a detail that was never given', () => {
    customer()
      .when({ name: 'correct-details', body: { field: 'segment', to: 'a' } })
      .decides({ type: 'customer-details-corrected', data: { field: 'segment', to: 'a' } });
  });
  it('leaves a detail that is already so', () =>
    customer()
      .when({ name: 'correct-details', body: { field: 'displayName', to: 'Ann' } })
      .decidesNothing());
});

describe('acquisition', () => {
  it('is recorded, and again where it differs', () => {
    customer({ type: 'acquisition-recorded', data: { source: 'fair' } })
      .when({ name: 'record-acquisition', body: { source: 'fair', medium: 'stand' } })
      .decides({ type: 'acquisition-recorded', data: { source: 'fair', medium: 'stand' } });
  });
  it('is not recorded twice', () => {
    customer({ type: 'acquisition-recorded', data: { source: 'fair' } })
      .when({ name: 'record-acquisition', body: { source: 'fair' } })
      .decidesNothing();
  });
});

describe('consent', () => {
  const granted = (purpose?: string): RelationshipEvent => ({
    type: 'consent-granted',
    data: { channel: 'email', ...(purpose && { purpose }), via: 'form' },
  });
  const withdrawn = (purpose?: string): RelationshipEvent => ({
    type: 'consent-withdrawn',
    data: { channel: 'email', ...(purpose && { purpose }), via: 'call' },
  });
  const grant = { name: 'grant-consent', body: { channel: 'email', via: 'form' } } as const;
  const withdraw = { name: 'withdraw-consent', body: { channel: 'email', via: 'call' } } as const;

  it('is granted', () => customer().when(grant).decides(granted()));
  it('is withdrawn', () => customer(granted()).when(withdraw).decides(withdrawn()));
  it('may be withdrawn though it was never granted', () => customer().when(withdraw).decides(withdrawn()));
  it('granted again decides nothing', () => customer(granted()).when(grant).decidesNothing());
  it('withdrawn again decides nothing', () => customer(withdrawn()).when(withdraw).decidesNothing());
  it('for one purpose is already there where it was granted for all', () => {
    customer(granted())
      .when({ name: 'grant-consent', body: { ...grant.body, purpose: 'service' } })
      .decidesNothing();
  });
  it('for all is news where one purpose was granted', () => customer(granted('service')).when(grant).decides(granted()));
  it('for all is news where one purpose was withdrawn after it was granted for all', () => {
    customer(granted(), withdrawn('service')).when(grant).decides(granted());
  });
  it('dated before a later withdrawal is news: it was true for a while', () => {
    given(registered, happened(withdrawn())).when(grant, { occurredAt: '2026-06-01T00:00:00.000Z' }).decides(granted());
  });
  it('dated before a later withdrawal is recorded once', () => {
    given(registered, happened(withdrawn()), happened(granted(), '2026-06-01T00:00:00.000Z'))
      .when(grant, { occurredAt: '2026-06-01T00:00:00.000Z' })
      .decidesNothing();
  });
  it('of an unknown channel is rejected', () => {
    customer()
      .when({ name: 'grant-consent', body: { channel: 'telepathy', via: 'form' } })
      .isRejected('channel-unknown');
  });
  it('for an unknown purpose is rejected', () => {
    customer()
      .when({ name: 'withdraw-consent', body: { channel: 'email', purpose: 'fun', via: 'form' } })
      .isRejected('purpose-unknown');
  });
});

describe('a customer who acts for itself', () => {
  const self = { actor: { kind: 'customer', id: 'c' } };
  it('may withdraw the own consent', () => {
    customer()
      .when({ name: 'withdraw-consent', body: { channel: 'sms', via: 'portal' } }, self)
      .decides({ type: 'consent-withdrawn', data: { channel: 'sms', via: 'portal' } });
  });
  it('may not do what is the business of staff', () => {
    customer()
      .when({ name: 'open-deal', body: { dealId: 'd' } }, self)
      .isRejected('not-for-customers', { command: 'open-deal' });
  });
});
