import { describe, expect, it } from '@jest/globals';
import { given, happened, now, registered, usualContext } from '#testing/relationship-specification.js';
import { evolveRelationship, initialRelationship } from '../evolve-relationship.js';
import { decideRelationship } from '../relationship.js';
import type { Relationship } from '../relationship-state.js';
import type { RelationshipCommand } from '../slices.js';

const first = '2026-02-01T00:00:00.000Z';
const second = '2026-02-02T00:00:00.000Z';
const third = '2026-02-03T00:00:00.000Z';

/** What sets an attribute to one value and to another, and what an undated repetition of the first comes to. */
interface Attribute {
  readonly one: RelationshipCommand;
  readonly other: RelationshipCommand;
  readonly undated: 'nothing' | 'curator-already-assigned' | 'identifier-unknown';
}
const phone = { kind: 'phone', value: '+49 1' };
const profile = (body: object): RelationshipCommand => ({ name: 'record-profile', body });

const attributes: Readonly<Record<string, Attribute>> = {
  curator: {
    one: { name: 'assign-curator', body: { curatorId: 'ann' } },
    other: { name: 'assign-curator', body: { curatorId: 'bea' } },
    undated: 'curator-already-assigned',
  },
  'a detail': {
    one: { name: 'correct-details', body: { field: 'segment', to: 'silver' } },
    other: { name: 'correct-details', body: { field: 'segment', to: 'gold' } },
    undated: 'nothing',
  },
  'a member of a person': {
    one: profile({ person: { preferences: ['post', 'fax'] } }),
    other: profile({ person: { preferences: ['fax', 'post'] } }),
    undated: 'nothing',
  },
  'members of an organisation': {
    one: profile({ organisation: { employees: 4, decisionMakers: [{ name: 'Ann', role: 'boss' }] } }),
    other: profile({ organisation: { employees: 4, decisionMakers: [{ name: 'Ann' }] } }),
    undated: 'nothing',
  },
  'a free attribute': {
    one: profile({ attributes: { toString: 'a' } }),
    other: profile({ attributes: { toString: 'b' } }),
    undated: 'nothing',
  },
  consent: {
    one: { name: 'grant-consent', body: { channel: 'email', via: 'form' } },
    other: { name: 'withdraw-consent', body: { channel: 'email', via: 'call' } },
    undated: 'nothing',
  },
  'consent to a purpose': {
    one: { name: 'withdraw-consent', body: { channel: 'sms', purpose: 'service', via: 'form' } },
    other: { name: 'grant-consent', body: { channel: 'sms', purpose: 'service', via: 'call' } },
    undated: 'nothing',
  },
  acquisition: {
    one: { name: 'record-acquisition', body: { source: 'fair', medium: 'stand' } },
    other: { name: 'record-acquisition', body: { source: 'fair' } },
    undated: 'nothing',
  },
  'an identifier': {
    one: { name: 'add-identifier', body: phone },
    other: { name: 'remove-identifier', body: phone },
    undated: 'nothing',
  },
};

type Steps = readonly (readonly [command: RelationshipCommand, occurredAt: string])[];

const taken = (state: Relationship, [command, occurredAt]: Steps[number]) => {
  const events = decideRelationship(state, command, { ...usualContext, occurredAt }).map((event) => happened(event, occurredAt));
  return { events, state: events.reduce(evolveRelationship, state) };
};
const newcomer = evolveRelationship(initialRelationship, registered);

const lived = (steps: Steps) => {
  let state = newcomer;
  const history = steps.flatMap((step) => {
    const decided = taken(state, step);
    state = decided.state;
    return decided.events;
  });
  return given(registered, ...history);
};

describe.each(Object.entries(attributes))('%s', (_, { one, other, undated }) => {
  const isSo = (outcome: ReturnType<ReturnType<typeof given>['when']>) =>
    undated === 'nothing' ? outcome.decidesNothing() : outcome.isRejected(undated);
  const isRecorded = (steps: Steps, ...step: Steps[number]) => {
    const { state } = steps.reduce((before, each) => taken(before.state, each), { state: newcomer });
    expect(taken(state, step).events.map(({ type }) => type)).toEqual(taken(newcomer, [one, now]).events.map(({ type }) => type));
  };

  it('that is already so is answered as such when the command is not dated', () => {
    isSo(lived([[one, first]]).when(one));
    isSo(lived([[one, first]]).when(one, { occurredAt: '2026-11-22T12:03:00.000Z' }));
  });
  it('is confirmed by an event when the command is dated before now', () => isRecorded([[one, first]], one, third));
  it('is recorded of one instant once', () =>
    isSo(
      lived([
        [one, first],
        [one, third],
      ]).when(one, { occurredAt: third }),
    ));
  it('holds again after something else was learned late of the time between two confirmations', () => {
    const between = lived([
      [one, first],
      [one, third],
      [other, second],
    ]);
    isSo(between.when(one));
    isSo(between.when(one, { occurredAt: third }));
    isRecorded(
      [
        [one, first],
        [one, third],
        [other, second],
      ],
      one,
      '2026-02-02T12:00:00.000Z',
    );
  });
  it('is what was recorded later where two were recorded of one instant', () => {
    const same = [
      [one, first],
      [one, second],
      [other, second],
    ] as const;
    isRecorded(same, one, second);
    isRecorded(same, one, now);
  });
});

describe('what is learned late', () => {
  const to = (field: 'displayName' | 'segment', value: string): RelationshipCommand => ({
    name: 'correct-details',
    body: { field, to: value },
  });

  it('names the value that held then, not the one recorded last', () => {
    lived([
      [to('segment', 'a'), first],
      [to('segment', 'c'), third],
    ])
      .when(to('segment', 'b'), { occurredAt: second })
      .decides({ type: 'customer-details-corrected', data: { field: 'segment', from: 'a', to: 'b' } });
  });
  it('does not take what is true since then from an identifier', () => {
    const removed: RelationshipCommand = { name: 'remove-identifier', body: phone };
    const added: RelationshipCommand = { name: 'add-identifier', body: phone };
    lived([[added, second]])
      .when(removed, { occurredAt: first })
      .isRejected('identifier-unknown', { kind: 'phone' });
    lived([
      [added, first],
      [removed, third],
    ])
      .when(removed)
      .isRejected('identifier-unknown');
    lived([
      [added, first],
      [removed, third],
      [added, second],
    ])
      .when(added)
      .decides({ type: 'customer-identifier-added', data: phone });
    lived([
      [added, first],
      [removed, second],
    ])
      .when(removed, { occurredAt: third })
      .decides({ type: 'customer-identifier-removed', data: phone });
  });
  it('is news to a profile where one of its members is', () => {
    lived([[profile({ attributes: { a: '1' } }), first]])
      .when(profile({ attributes: { a: '1', b: '2' } }))
      .decides({ type: 'customer-profile-recorded', data: { attributes: { a: '1', b: '2' } } });
  });
  it('moves an appointment from where it was then', () => {
    const plan: RelationshipCommand = {
      name: 'plan-contact',
      body: { contactId: 'k', channel: 'phone', direction: 'inbound', purpose: 'service', plannedFor: '2026-12-01T00:00:00.000Z' },
    };
    const moved = (day: string): RelationshipCommand => ({
      name: 'reschedule-contact',
      body: { contactId: 'k', to: `2026-12-${day}T00:00:00.000Z` },
    });
    lived([
      [plan, first],
      [moved('05'), third],
    ])
      .when(moved('03'), { occurredAt: second })
      .decides({
        type: 'contact-rescheduled',
        data: { contactId: 'k', from: '2026-12-01T00:00:00.000Z', to: '2026-12-03T00:00:00.000Z' },
      });
    lived([
      [plan, first],
      [moved('05'), third],
      [moved('03'), second],
    ])
      .when(moved('05'))
      .decidesNothing();
  });
});

describe('consent to all purposes', () => {
  const grant = (purpose?: string): RelationshipCommand => ({
    name: 'grant-consent',
    body: { channel: 'email', via: 'form', ...(purpose && { purpose }) },
  });
  const withdraw = (purpose?: string): RelationshipCommand => ({
    name: 'withdraw-consent',
    body: { channel: 'email', via: 'call', ...(purpose && { purpose }) },
  });

  it('is already so only where it is for every purpose that was ever named', () => {
    lived([
      [grant(), first],
      [withdraw('service'), second],
      [grant('service'), third],
    ])
      .when(grant())
      .decidesNothing();
    lived([
      [grant(), first],
      [grant('payment'), second],
      [withdraw('service'), third],
    ])
      .when(grant())
      .decides({ type: 'consent-granted', data: { channel: 'email', via: 'form' } });
  });
});

describe('a customer of whom the same is confirmed again and again', () => {
  it('is decided on after 100,000 confirmations as after one', () => {
    let state = newcomer;
    const steps = Object.values(attributes).map(({ one }) => one);
    let events = 0;
    for (let n = 0; events < 100_000; n++) {
      const occurredAt = new Date(Date.parse(first) + n * 1_000).toISOString();
      for (const command of steps) {
        const decided = taken(state, [command, occurredAt]);
        state = decided.state;
        events += decided.events.length;
      }
    }
    for (const { one, undated } of Object.values(attributes)) {
      const decide = () => decideRelationship(state, one, usualContext);
      if (undated === 'nothing') expect(decide()).toEqual([]);
      else expect(decide).toThrow(expect.objectContaining({ code: undated }));
    }
  });
});
