import { describe, expect, it } from '@jest/globals';
import { type Curators, curatorRegister, isKeyGood } from './register.js';

const at = (hour: number) => `2026-11-22T${String(hour).padStart(2, '0')}:00:00.000Z`;
const happened = (curators: Curators, type: string, recordedAt: string, occurredAt = recordedAt) =>
  curatorRegister.apply(curators, { type, data: { curatorId: 'ann' }, occurredAt, recordedAt });
const good = (curators: Curators, created: string, now = at(23)) => isKeyGood(curators, { actorId: 'ann', created }, now);

describe('a key of a curator', () => {
  const registered = happened(curatorRegister.initial, 'curator-registered', at(2));
  const departed = happened(registered, 'curator-departed', at(4), at(1));
  const back = happened(departed, 'curator-registered', at(6));

  it('is good before the curator is registered and while the curator works here', () => {
    expect([good(curatorRegister.initial, at(1)), good(registered, at(1)), good(registered, at(3))]).toEqual([true, true, true]);
  });
  it('is refused once a departure is recorded, also one that was made after the day of which it is recorded', () => {
    expect([good(departed, at(1)), good(departed, at(3)), good(departed, at(4))]).toEqual([false, false, false]);
  });
  it('stays refused after the curator came back; one made since is good', () => {
    expect([good(back, at(3)), good(back, at(5)), good(back, at(7))]).toEqual([false, true, true]);
    const leftAgain = happened(back, 'curator-departed', at(8));
    expect([good(leftAgain, at(7)), good(leftAgain, at(9))]).toEqual([false, true]);
  });
  it('of the time since a return stays good when an absence before it is recorded late', () => {
    const absent = happened(back, 'curator-departed', at(12), at(5));
    expect([good(absent, at(5)), good(absent, at(7)), good(absent, at(13))]).toEqual([false, true, true]);
  });
  it('is good until a departure that is dated ahead has come, then refused for ever', () => {
    const leaving = happened(registered, 'curator-departed', at(4), at(5));
    const made = (hour: number) => [4, 5, 22].map((now) => good(leaving, at(hour), at(now)));
    expect([made(3), made(5), made(6)]).toEqual([
      [true, false, false],
      [true, false, false],
      [true, true, true],
    ]);
  });
  it('of another curator is good', () => expect(isKeyGood(departed, { actorId: 'bea', created: at(1) }, at(23))).toBe(true));
});
