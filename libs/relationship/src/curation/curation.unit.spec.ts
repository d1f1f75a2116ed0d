import { describe, expect, it } from '@jest/globals';
import { customer, given, happened, now, registered } from '#testing/relationship-specification.js';
import type { RelationshipFact } from '../event-definitions.js';
import { curatorAt, evolveAssignments } from './state.js';

const assigned = (curatorId: string, from: string): RelationshipFact => ({ type: 'curator-assigned', data: { curatorId, from } });
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
  it('is refused to the present curator', () =>
    customer(assigned('ann', january)).when(assign('ann')).isRefused('curator-already-assigned'));
  it('is refused to an unknown curator', () => customer().when(assign('nobody')).isRefused('curator-unknown', { curatorId: 'nobody' }));
  it('is refused to a departed curator', () => customer().when(assign('gone')).isRefused('curator-departed', { curatorId: 'gone' }));
  it('recorded late is judged as of then', () => {
    const history = given(registered, happened(assigned('ann', january), january), happened(assigned('bea', march), march));
    const then = { occurredAt: '2026-02-01T00:00:00.000Z' };
    history.when(assign('ann'), then).isRefused('curator-already-assigned');
    history
      .when(assign('cleo'), then)
      .decides({ type: 'curator-assigned', data: { curatorId: 'cleo', from: then.occurredAt, formerCuratorId: 'ann' } });
  });
});

describe('who answers for a customer', () => {
  const fold = (...facts: readonly (readonly [string, string])[]) =>
    facts.reduce<ReturnType<typeof evolveAssignments>>(
      (state, [curatorId, from]) => evolveAssignments(state, { type: 'curator-assigned', data: { curatorId, from }, occurredAt: from }),
      [],
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
