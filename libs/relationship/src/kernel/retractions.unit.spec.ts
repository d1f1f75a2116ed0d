import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { effectiveEvents, type RecordedEvent } from './retractions.js';

interface Recorded extends RecordedEvent {
  readonly revision: number;
  readonly recordedAt: string;
  readonly occurredAt: string;
  readonly actor: { readonly kind: string; readonly id: string };
  readonly commandId: string;
}

const at = (revision: number) => `2026-01-01T00:00:00.${String(revision).padStart(3, '0')}Z`;
const recorded = (revision: number, type: string, data: unknown): Recorded => ({
  id: `e${revision}`,
  type,
  data,
  revision,
  recordedAt: at(revision),
  occurredAt: at(999 - revision),
  actor: { kind: 'curator', id: `of e${revision}` },
  commandId: `c${revision}`,
});
const noted = (revision: number) => recorded(revision, 'noted', { n: revision });

/** What is done next: something is recorded, or one of those that count is retracted or replaced. */
interface Step {
  readonly kind: 'record' | 'retract' | 'replace';
  readonly pick: number;
}
const steps = fc.array(fc.record<Step>({ kind: fc.constantFrom('record', 'record', 'retract', 'replace'), pick: fc.nat() }), {
  maxLength: 30,
});

/** All that was recorded, and what counts after each event, kept by hand: a place for each event that was recorded first. */
const told = (given: readonly Step[]) => {
  const events: Recorded[] = [];
  const places: (Recorded | undefined)[] = [];
  const counting: (readonly Recorded[])[] = [[]];
  const append = (event: Recorded) => {
    events.push(event);
    counting.push(places.flatMap((each) => each ?? []));
  };
  for (const { kind, pick } of given) {
    const open = places.flatMap((each, place) => (each ? [place] : []));
    if (kind === 'record' || open.length === 0) {
      const event = noted(events.length);
      places.push(event);
      append(event);
      continue;
    }
    const place = open[pick % open.length]!;
    const { id: eventId, revision, recordedAt, actor } = places[place]!;
    const replacement = noted(events.length + 1);
    places[place] = undefined;
    append(
      recorded(events.length, 'event-retracted', { eventId, reason: 'wrong', ...(kind === 'replace' && { replacedBy: replacement.id }) }),
    );
    if (kind === 'retract') continue;
    places[place] = { ...replacement, revision, recordedAt, actor };
    append(replacement);
  }
  return { events, counting };
};

describe('the events that count', () => {
  it('are those that were recorded where nothing is retracted', () => {
    const events = [noted(0), noted(1)];
    expect(effectiveEvents(events)).toBe(events);
    expect(effectiveEvents([])).toEqual([]);
  });

  it('are without what was retracted, with replacements in the places of what they replace, after each event of any history', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { events, counting } = told(given);
        for (const [count, expected] of counting.entries()) expect(effectiveEvents(events.slice(0, count))).toEqual(expected);
      }),
    );
  });

  it('are the same whether a history is looked at once or again', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const counting = effectiveEvents(told(given).events);
        expect(effectiveEvents(counting)).toEqual(counting);
      }),
    );
  });

  it('are of the first place through a chain of corrections, as though it was recorded there by whoever recorded the first', () => {
    const retracted = (revision: number, eventId: string, replacedBy?: string) =>
      recorded(revision, 'event-retracted', { eventId, reason: 'wrong', ...(replacedBy && { replacedBy }) });
    const events = [noted(0), noted(1), retracted(2, 'e0', 'e3'), noted(3), retracted(4, 'e3', 'e5'), noted(5)];
    const { revision, recordedAt, actor } = noted(0);
    expect(effectiveEvents(events)).toEqual([{ ...noted(5), revision, recordedAt, actor }, noted(1)]);
    expect(effectiveEvents([...events, retracted(6, 'e5')])).toEqual([noted(1)]);
  });

  it('are not changed by a retraction of what is not among them', () => {
    expect(effectiveEvents([noted(0), recorded(1, 'event-retracted', { eventId: 'elsewhere', reason: 'wrong' })])).toEqual([noted(0)]);
  });

  it('keep an event without any place, as it has none', () => {
    const bare = ({ id, type, data }: RecordedEvent) => ({ id, type, data });
    const events = [noted(0), recorded(1, 'event-retracted', { eventId: 'e0', reason: 'wrong', replacedBy: 'e2' }), noted(2)];
    expect(effectiveEvents(events.map(bare))).toStrictEqual([bare(noted(2))]);
  });
});
