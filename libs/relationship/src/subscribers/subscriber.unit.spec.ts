import { describe, expect, it } from '@jest/globals';
import { specification } from '#testing/given-when-then.js';
import { usualContext } from '#testing/relationship-specification.js';
import type { Acted } from '../kernel/aggregate.js';
import type { TypedEvent } from '../kernel/event.js';
import { subscriber } from './subscriber.js';

const { given } = specification(
  { initialState: subscriber.decider.initialState('mail'), evolve: subscriber.decider.evolve, decide: subscriber.decider.decide },
  usualContext,
);
const at = usualContext.now;
const data = { subscriberId: 'mail', contact: 'dpo@example.org', deadlineDays: 14 };
const registered = { type: 'subscriber-registered', data, occurredAt: at } as const;
const ended = { type: 'subscriber-ended', data: { subscriberId: 'mail' }, occurredAt: at } as const;
const register = { name: 'register-subscriber', body: data } as const;
const change = (body: object) => ({ name: 'change-subscriber', body }) as const;
const end = { name: 'end-subscriber', body: {} } as const;

describe('a subscriber', () => {
  it('is registered once, and again after it has ended', () => {
    given().when(register).decides({ type: 'subscriber-registered', data });
    given(registered).when(register).isRejected('subscriber-already-registered', { subscriberId: 'mail' });
    given(registered, ended).when(register).decides({ type: 'subscriber-registered', data });
  });
  it('changes only what is another', () => {
    given(registered)
      .when(change({ deadlineDays: 7 }))
      .decides({ type: 'subscriber-changed', data: { subscriberId: 'mail', deadlineDays: 7 } });
    given(registered)
      .when(change({ deadlineDays: 14 }))
      .decidesNothing();
    given().when(change({})).isRejected('subscriber-unknown', { subscriberId: 'mail' });
    given(registered, ended).when(change({})).isRejected('subscriber-ended', { subscriberId: 'mail' });
  });
  it('ends once', () => {
    given(registered)
      .when(end)
      .decides({ type: 'subscriber-ended', data: { subscriberId: 'mail' } });
    given(registered, ended).when(end).decidesNothing();
    given().when(end).isRejected('subscriber-unknown', { subscriberId: 'mail' });
  });
  it('is known with what was recorded last', () => {
    const { initial, apply } = subscriber.reference;
    const changed = { type: 'subscriber-changed', data: { subscriberId: 'mail', deadlineDays: 7 }, occurredAt: at };
    const fold = (...events: readonly Acted<TypedEvent>[]) =>
      events.reduce((known, event) => apply(known, { ...event, recordedAt: at }), initial).get('mail');
    expect(fold(registered, changed)).toEqual({ ...data, deadlineDays: 7, registeredAt: at });
    expect(fold(registered, changed, ended)).toEqual({ ...data, deadlineDays: 7, registeredAt: at, endedAt: at });
    expect(fold(registered, ended, registered)).toEqual({ ...data, registeredAt: at });
    expect(fold(changed)).toBeUndefined();
  });
});
