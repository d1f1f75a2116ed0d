import { describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '#event-log';
import { begunIn, departedAfter } from './begun-departure.js';

const on = (day: string) => `2026-${day}T00:00:00.000Z`;
const now = on('11-22');
/** Occurred and recorded on days. */
const stream = (...events: readonly (readonly [type: string, occurred: string, recorded?: string])[]): readonly DomainEvent[] =>
  events.map(([type, occurred, recorded = occurred], revision) => ({
    ...{ type, revision, data: { curatorId: 'ann', ...(type === 'curator-departure-begun' && { to: 'bea' }) } },
    ...{ occurredAt: on(occurred), recordedAt: on(recorded) },
  })) as unknown as readonly DomainEvent[];

const leaving = [
  ['curator-registered', '01-01'],
  ['curator-departed', '02-01'],
  ['curator-registered', '03-01'],
  ['curator-departure-begun', '06-01'],
] as const;
const late = ['curator-registered', '02-15', '06-02'] as const;

describe('a departure that was begun', () => {
  it('is under way, though a registration or an absence of the time before is recorded meanwhile', () => {
    for (const meanwhile of [late, ['curator-departed', '02-20', '06-02']] as const) {
      const events = stream(...leaving, meanwhile);
      expect(begunIn(events, 'ann', now)).toEqual({ to: 'bea', reason: undefined, event: events[3], isDone: false });
    }
  });

  it('is done by the departure, and over once the curator is back', () => {
    const events = stream(...leaving, late, ['curator-departed', '06-03']);
    expect(begunIn(events, 'ann', now)).toMatchObject({ to: 'bea', event: events[3], isDone: true });
    expect(begunIn(stream(...leaving, ['curator-departed', '06-03'], ['curator-registered', '07-01']), 'ann', now)).toBeUndefined();
  });

  it('is over where the return lies before the recording of a departure that was dated back', () => {
    const left = [
      ['curator-registered', '01-01'],
      ['curator-departure-begun', '04-01', '06-01'],
      ['curator-departed', '04-01', '06-01'],
    ] as const;
    expect(begunIn(stream(...left), 'ann', now)).toMatchObject({ isDone: true });
    expect(begunIn(stream(...left, ['curator-registered', '05-01', '06-02']), 'ann', now)).toBeUndefined();
  });

  it('is answered with its own end alone', () => {
    const events = stream(...leaving, late, ['curator-departed', '06-03'], ['curator-registered', '07-01'], ['curator-departed', '08-01']);
    expect(departedAfter(events, 3)).toBe(events[5]);
    expect(departedAfter(events, 5)).toBeUndefined();
    expect(departedAfter(stream(...leaving, late), 3)).toBeUndefined();
  });
});
