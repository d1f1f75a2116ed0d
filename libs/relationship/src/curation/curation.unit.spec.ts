import { describe, expect, it } from '@jest/globals';
import { customer, given, happened, now, registered } from '#testing/relationship-specification.js';
import type { Acted } from '../kernel/aggregate.js';
import { noHistory } from '../kernel/valid-time.js';
import type { RelationshipCommand, RelationshipEvent } from '../slices.js';
import { type Assignments, curatorAt, evolveAssignments } from './state.js';

const assigned = (curatorId: string, from: string): RelationshipEvent => ({ type: 'curator-assigned', data: { curatorId, from } });
const assign = (curatorId: string) => ({ name: 'assign-curator', body: { curatorId } }) as const;
const january = '2026-01-10T00:00:00.000Z';
const march = '2026-03-01T00:00:00.000Z';

describe('assigning a curator', () => {
  it('holds from when it occurred', () => customer().when(assign('bea')).decides(assigned('bea', now)));
  it('names the former curator and the reason', () => {
    customer(assigned('ann', january))
      .when({ name: 'assign-curator', body: { curatorId: 'bea', reason: 'ill' } })
      .decides({ type: 'curator-assigned', data: { curatorId: 'bea', from: now, formerCuratorId: 'ann', reason: 'ill' } });
  });
  it('is rejected to the present curator', () =>
    customer(assigned('ann', january)).when(assign('ann')).isRejected('curator-already-assigned'));
  it('is rejected to an unknown curator', () => customer().when(assign('nobody')).isRejected('curator-unknown', { curatorId: 'nobody' }));
  it('is rejected to a curator who is leaving', () =>
    customer().when(assign('leaving')).isRejected('curator-departing', { curatorId: 'leaving' }));
  it('is rejected to a departed curator', () => customer().when(assign('gone')).isRejected('curator-departed', { curatorId: 'gone' }));
  it('recorded late goes to a curator who worked here then, though no longer', () => {
    const then = { occurredAt: '2026-06-30T23:59:59.999Z' };
    customer().when(assign('gone'), then).decides(assigned('gone', then.occurredAt));
    customer().when(assign('gone'), { occurredAt: '2026-07-01T00:00:00.000Z' }).isRejected('curator-departed', { curatorId: 'gone' });
  });
  it('recorded late is judged as of then', () => {
    const history = given(registered, happened(assigned('ann', january), january), happened(assigned('bea', march), march));
    const then = { occurredAt: '2026-02-01T00:00:00.000Z' };
    history
      .when(assign('cleo'), then)
      .decides({ type: 'curator-assigned', data: { curatorId: 'cleo', from: then.occurredAt, formerCuratorId: 'ann' } });
  });
});

describe('assigning the curator who answers already', () => {
  const third = '2026-03-03T00:00:00.000Z';
  const first = given(registered, happened(assigned('ann', january), january));
  const confirmed: RelationshipEvent = { type: 'curator-assigned', data: { curatorId: 'ann', from: third, formerCuratorId: 'ann' } };

  it('is recorded of a day before now, for something may yet be learned of the time in between', () => {
    first.when(assign('ann'), { occurredAt: third }).decides(confirmed);
  });
  it('is rejected of the instant of which it is recorded already', () => {
    first.when(assign('ann'), { occurredAt: january }).isRejected('curator-already-assigned');
  });
  it('is rejected of now, and of a clock that runs ahead', () => {
    first.when(assign('ann')).isRejected('curator-already-assigned');
    first.when(assign('ann'), { occurredAt: '2026-11-22T12:04:00.000Z' }).isRejected('curator-already-assigned');
  });
  it('holds after another was assigned late between the two', () => {
    const between = '2026-02-01T00:00:00.000Z';
    const all = given(
      registered,
      happened(assigned('ann', january), january),
      happened(confirmed, third),
      happened(assigned('bea', between), between),
    );
    all.when(assign('ann')).isRejected('curator-already-assigned');
    all.when(assign('bea'), { occurredAt: '2026-03-02T00:00:00.000Z' }).decides({
      type: 'curator-assigned',
      data: { curatorId: 'bea', from: '2026-03-02T00:00:00.000Z', formerCuratorId: 'bea' },
    });
  });
});

describe('a customer whom a curator registered', () => {
  const byAnn = { ...registered, occurredAt: january, actor: { kind: 'curator', id: 'ann' } };

  it('belongs to that curator', () => {
    given(byAnn).when(assign('ann')).isRejected('curator-already-assigned');
    given(byAnn)
      .when(assign('bea'))
      .decides({ type: 'curator-assigned', data: { curatorId: 'bea', from: now, formerCuratorId: 'ann' } });
    given({ ...byAnn, actor: { kind: 'service', id: 'ann' } })
      .when(assign('ann'))
      .decides(assigned('ann', now));
  });
  it('does not belong to whoever does anything else', () => {
    const planned = { type: 'contact-missed', data: { contactId: 'k' }, occurredAt: now, actor: byAnn.actor };
    expect(evolveAssignments(noHistory, planned)).toBe(noHistory);
  });
  it('belongs to another from the first assignment on, however far back it is dated, and to nobody before either', () => {
    const since = (...events: readonly Acted<RelationshipEvent>[]) => {
      const assignments = events.reduce<Assignments>(evolveAssignments, noHistory);
      return ['2025-12-01T00:00:00.000Z', '2026-01-09T00:00:00.000Z', january, '2026-02-01T00:00:00.000Z', now].map((instant) =>
        curatorAt(assignments, instant),
      );
    };
    const bea = (from: string) => happened(assigned('bea', from), now);
    expect(since(byAnn)).toEqual([undefined, undefined, 'ann', 'ann', 'ann']);
    expect(since(byAnn, bea(march))).toEqual([undefined, undefined, 'ann', 'ann', 'bea']);
    expect(since(byAnn, bea('2026-01-02T00:00:00.000Z'))).toEqual([undefined, 'bea', 'bea', 'bea', 'bea']);
    expect(since({ ...byAnn, occurredAt: '2026-01-10T00:03:00.000Z', recordedAt: january })).toEqual(since(byAnn));
  });
});

const tomorrow = '2026-12-01T00:00:00.000Z';
const planned = { contactId: 'k', channel: 'phone', direction: 'outbound', purpose: 'service', plannedFor: tomorrow } as const;
const promised = { promiseId: 'p', text: 't', dueAt: tomorrow };

describe('work that is given to a curator by name', () => {
  const given: readonly (readonly [(curatorId: string) => RelationshipCommand, RelationshipEvent])[] = [
    [
      (curatorId) => ({ name: 'plan-contact', body: { ...planned, curatorId } }),
      { type: 'contact-planned', data: { ...planned, curatorId: 'gone' } },
    ],
    [
      (curatorId) => ({ name: 'make-promise', body: { ...promised, curatorId } }),
      { type: 'promise-made', data: { ...promised, curatorId: 'gone' } },
    ],
    [
      (curatorId) => ({ name: 'open-deal', body: { dealId: 'd', curatorId } }),
      { type: 'deal-opened', data: { dealId: 'd', funnelVersion: 1, stage: 'lead', curatorId: 'gone' } },
    ],
  ];

  it('is rejected to one who is unknown or has departed', () => {
    for (const [give] of given) {
      customer().when(give('nobody')).isRejected('curator-unknown', { curatorId: 'nobody' });
      customer().when(give('gone')).isRejected('curator-departed', { curatorId: 'gone' });
      customer().when(give('leaving')).isRejected('curator-departing', { curatorId: 'leaving' });
    }
  });
  it('is recorded late of one who worked here then', () => {
    for (const [give, event] of given) customer().when(give('gone'), { occurredAt: january }).decides(event);
  });
});

describe('who answers for a customer', () => {
  const fold = (...events: readonly (readonly [string, string])[]) =>
    events.reduce<ReturnType<typeof evolveAssignments>>(
      (state, [curatorId, from]) => evolveAssignments(state, { type: 'curator-assigned', data: { curatorId, from }, occurredAt: from }),
      noHistory,
    );

  it('is nobody before the first assignment', () => expect(curatorAt(fold(['ann', march]), january)).toBeUndefined());
  it('changes at the instant of the assignment', () => {
    const assignments = fold(['ann', january], ['bea', march]);
    expect(curatorAt(assignments, '2026-02-28T23:59:59.999Z')).toBe('ann');
    expect(curatorAt(assignments, march)).toBe('bea');
  });
  it('is not changed for today by an assignment of former days that was recorded late', () => {
    expect(curatorAt(fold(['bea', march], ['ann', january]), now)).toBe('bea');
  });
  it('of two at the same instant is the one recorded later', () =>
    expect(curatorAt(fold(['ann', march], ['bea', march]), now)).toBe('bea'));
});
