import { describe, expect, it } from '@jest/globals';
import { type Curators, curatorReference, isKeyGood, leadsIn, statusOf } from './reference-data.js';
import { shownAt } from './state.js';

const at = (hour: number) => `2026-11-22T${String(hour).padStart(2, '0')}:00:00.000Z`;
const happened = (curators: Curators, type: string, recordedAt: string, occurredAt = recordedAt) =>
  curatorReference.apply(curators, { type, data: { curatorId: 'ann' }, occurredAt, recordedAt });
const good = (curators: Curators, created: string, now = at(23)) => isKeyGood(curators, { actorId: 'ann', created }, now);

describe('a key of a curator', () => {
  const registered = happened(curatorReference.initial, 'curator-registered', at(2));
  const departed = happened(registered, 'curator-departed', at(4), at(1));
  const back = happened(departed, 'curator-registered', at(6));

  it('is good before the curator is registered and while the curator works here', () => {
    expect([good(curatorReference.initial, at(1)), good(registered, at(1)), good(registered, at(3))]).toEqual([true, true, true]);
  });
  it('is rejected once a departure is recorded, also one that was made after the day of which it is recorded', () => {
    expect([1, 3, 4, 5].map((created) => good(departed, at(created)))).toEqual([false, false, false, false]);
  });
  it('stays rejected after the curator came back; one made since is good', () => {
    expect([good(back, at(3)), good(back, at(5)), good(back, at(7))]).toEqual([false, true, true]);
    const leftAgain = happened(back, 'curator-departed', at(8));
    expect([good(leftAgain, at(7)), good(leftAgain, at(9))]).toEqual([false, false]);
  });
  it('of the time since a return stays good when an absence before it is recorded late', () => {
    const absent = happened(back, 'curator-departed', at(12), at(5));
    expect([good(absent, at(5)), good(absent, at(7)), good(absent, at(13))]).toEqual([false, true, true]);
  });
  it('is good until a departure that is dated ahead has come, then rejected for ever', () => {
    const leaving = happened(registered, 'curator-departed', at(4), at(5));
    const made = (hour: number) => [4, 5, 22].map((now) => good(leaving, at(hour), at(now)));
    expect([made(3), made(5), made(6)]).toEqual([
      [true, false, false],
      [true, false, false],
      [true, false, false],
    ]);
  });
  it('of another curator is good', () => expect(isKeyGood(departed, { actorId: 'bea', created: at(1) }, at(23))).toBe(true));
});

describe('a curator who is leaving', () => {
  const registered = happened(curatorReference.initial, 'curator-registered', at(2));
  const begun = curatorReference.apply(registered, {
    type: 'curator-departure-begun',
    data: { curatorId: 'ann', to: 'bea' },
    occurredAt: at(3),
    recordedAt: at(5),
  });
  const statuses = (curators: Curators) => [4, 5, 7, 9].map((hour) => statusOf(curators, 'ann', at(hour)));
  const shown = (curators: Curators) => shownAt(curators.get('ann')!, at(20));

  it('is leaving from when that was recorded, whatever it is dated, and keeps the keys until the departure', () => {
    expect(statuses(begun)).toEqual(['active', 'departing', 'departing', 'departing']);
    expect(good(begun, at(3))).toBe(true);
    expect(shown(begun)).toEqual({ curatorId: 'ann', registeredAt: at(2), departingSince: at(5), to: 'bea' });
  });
  it('has left from the departure on, and works here again after a return', () => {
    const departed = happened(begun, 'curator-departed', at(7));
    expect(statuses(departed)).toEqual(['active', 'departing', 'departed', 'departed']);
    expect(shown(departed)).toEqual({ curatorId: 'ann', registeredAt: at(2), departedAt: at(7), to: 'bea' });
    const back = happened(departed, 'curator-registered', at(8));
    expect(statuses(back)).toEqual(['active', 'departing', 'departed', 'active']);
    expect(shown(back)).toEqual({ curatorId: 'ann', registeredAt: at(8) });
  });
});

describe('the curators of a team', () => {
  const event = (type: string, curatorId: string, hour: number, data = {}) => ({
    type,
    data: { curatorId, ...data },
    occurredAt: at(hour),
    recordedAt: at(hour),
  });
  const curators = [
    event('curator-registered', 'ann', 1, { team: 'north' }),
    event('curator-registered', 'bea', 1, { team: 'south' }),
    event('curator-registered', 'cleo', 1),
    event('curator-details-corrected', 'ann', 10, { field: 'team', from: 'north', to: 'south' }),
    event('curator-registered', 'dora', 1, { team: 'south' }),
    event('curator-departed', 'dora', 12),
  ].reduce(curatorReference.apply, curatorReference.initial);
  const ledAt = (team: string, hour: number) => ['ann', 'bea', 'cleo', 'dora', 'unknown'].filter(leadsIn(curators, team, at(hour)));

  it('are those who belong to it at the instant, and all who have left by then', () => {
    expect([ledAt('north', 9), ledAt('south', 9)]).toEqual([['ann'], ['bea', 'dora']]);
    expect([ledAt('north', 11), ledAt('south', 11)]).toEqual([[], ['ann', 'bea', 'dora']]);
    expect([ledAt('north', 12), ledAt('west', 12)]).toEqual([['dora'], ['dora']]);
  });
});
