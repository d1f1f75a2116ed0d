import fc from 'fast-check';
import { defaultPolicies } from '#relationship';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { contributionsOf, rowsOf, summariesOf } from '../derived.js';
import { foldCustomer } from '../fold.js';
import type { Contribution } from '../projection.js';
import { coveredMonths, monthsOfBlocks } from './covered.js';
import type { DeskDocument } from './document.js';
import { plannedFor } from './planned.js';
import { deskProjection } from './projection.js';

const folded = (story: readonly StoryEvent[]) => foldCustomer(deskProjection, storyOf('c', story))!;
const monthsCovered = (document: DeskDocument) => coveredMonths(summariesOf(monthsOfBlocks, document, defaultPolicies));
const at = (day: number) => `2026-01-${String(day).padStart(2, '0')}T10:00:00.000Z`;
const assigned = (curatorId: string, from: number, known = from): StoryEvent => ({
  type: 'curator-assigned',
  at: at(from),
  known: at(known),
  data: { curatorId, from: at(from) },
});
const planned = (contactId: string, opened: number, due: number, curatorId?: string): StoryEvent => ({
  type: 'contact-planned',
  at: at(opened),
  data: { contactId, channel: 'phone', direction: 'outbound', purpose: 'other', plannedFor: at(due), ...(curatorId && { curatorId }) },
});
const completed = (contactId: string, day: number): StoryEvent => ({
  type: 'contact-completed',
  at: at(day),
  data: { contactId, channel: 'phone', direction: 'outbound', purpose: 'other' },
});
const moved = (contactId: string, day: number, to: number): StoryEvent => ({
  type: 'contact-rescheduled',
  at: at(day),
  data: { contactId, from: at(day), to: at(to) },
});
const given = (contactId: string, day: number, curatorId: string, known = day): StoryEvent => ({
  type: 'contact-reassigned',
  at: at(day),
  known: at(known),
  data: { contactId, curatorId },
});
const segments = (story: readonly StoryEvent[]) =>
  rowsOf(deskProjection, folded(story), defaultPolicies)
    .filter(({ fields }) => fields.itemKind !== 'customer')
    .map(({ fields: { curatorId, dueAt, openedAt, closedAt, state } }) =>
      [curatorId, state, dueAt, openedAt, closedAt].map((each) => String(each).replace(/T.*Z/, '')).join(' '),
    );
const sums = (story: readonly StoryEvent[]) => {
  const found: Record<string, number> = {};
  for (const { series, day, amount } of contributionsOf(deskProjection, folded(story), defaultPolicies) as readonly Contribution[]) {
    const key = `${series.measure} ${series.curator} ${day}`;
    found[key] = (found[key] ?? 0) + amount;
  }
  return Object.fromEntries(Object.entries(found).filter(([, amount]) => amount !== 0));
};

describe('what lies on a desk', () => {
  it('passes to the successor with the customer, and none is lost', () => {
    expect(segments([assigned('a', 1), planned('x', 2, 20), assigned('b', 10)])).toEqual([
      'a handed-over 2026-01-20 2026-01-02 2026-01-10',
      'b open 2026-01-20 2026-01-10 9999-12-31',
    ]);
  });

  it('passes when it was given to the curator by name, and stays with a colleague', () => {
    expect(segments([assigned('a', 1), planned('x', 2, 20, 'a'), assigned('b', 10)])).toHaveLength(2);
    expect(segments([assigned('a', 1), planned('x', 2, 20, 'expert'), assigned('b', 10)])).toEqual([
      'expert open 2026-01-20 2026-01-02 9999-12-31',
    ]);
  });

  it('passes to whom it is given, by when that was, and from there on with the customer again', () => {
    const story = [assigned('a', 1), planned('x', 2, 20, 'expert'), given('x', 5, 'a'), given('x', 3, 'other', 6), assigned('b', 10)];
    expect(segments(story)).toEqual([
      'expert handed-over 2026-01-20 2026-01-02 2026-01-03',
      'other handed-over 2026-01-20 2026-01-03 2026-01-05',
      'a handed-over 2026-01-20 2026-01-05 2026-01-10',
      'b open 2026-01-20 2026-01-10 9999-12-31',
    ]);
    expect(segments([...story, given('x', 10, 'a')]).slice(-1)).toEqual(['a open 2026-01-20 2026-01-05 9999-12-31']);
    expect(segments([assigned('a', 1), planned('x', 4, 20), given('x', 2, 'b')])).toEqual([
      'a handed-over 2026-01-20 2026-01-04 2026-01-04',
      'b open 2026-01-20 2026-01-04 9999-12-31',
    ]);
    // Of two that the clocks put before the opening the later one holds, whenever it was recorded.
    expect(segments([assigned('a', 1), planned('x', 4, 20), given('x', 3, 'c', 5), given('x', 2, 'b', 6)]).slice(-1)).toEqual([
      'c open 2026-01-20 2026-01-04 9999-12-31',
    ]);
    const promise: StoryEvent = { type: 'promise-made', at: at(2), data: { promiseId: 'p', text: 't', dueAt: at(9), curatorId: 'a' } };
    expect(segments([promise, { type: 'promise-reassigned', at: at(3), data: { promiseId: 'p', curatorId: 'b' } }])).toEqual([
      'a handed-over 2026-01-09 2026-01-02 2026-01-03',
      'b open 2026-01-09 2026-01-03 9999-12-31',
    ]);
  });

  it('is on the old date until it is moved, then on the new one', () => {
    expect(segments([assigned('a', 1), planned('x', 2, 5), moved('x', 4, 8), completed('x', 8)])).toEqual([
      'a rescheduled 2026-01-05 2026-01-02 2026-01-04',
      'a completed 2026-01-08 2026-01-04 2026-01-08',
    ]);
  });

  it('is credited to whom a late assignment says it always belonged', () => {
    expect(segments([assigned('a', 1), planned('x', 5, 20), assigned('b', 3, 9)])).toEqual(['b open 2026-01-20 2026-01-05 9999-12-31']);
  });

  it('is moved and done when it was opened at the earliest, whatever a slow clock says', () => {
    const story = [assigned('a', 1), planned('x', 4, 8), moved('x', 3, 9), completed('x', 2)];
    expect(segments(story)).toEqual(['a completed 2026-01-08 2026-01-04 2026-01-04']);
    expect(sums(story)).toMatchObject({ 'rescheduled a 2026-01-04': 1, 'completed a 2026-01-04': 1, 'contact a 2026-01-02': 1 });
    const kept: StoryEvent = { type: 'promise-kept', at: at(2), data: { promiseId: 'p' } };
    const made: StoryEvent = { type: 'promise-made', at: at(3), data: { promiseId: 'p', text: 'x', dueAt: at(9) } };
    expect(sums([assigned('a', 1), made, kept])).toMatchObject({ 'promise-made a 2026-01-03': 1, 'promise-kept a 2026-01-03': 1 });
  });

  it('waits for nobody after an erasure, and loses its text', () => {
    const story = [assigned('a', 1), { ...planned('x', 2, 20), data: { ...(planned('x', 2, 20).data as object), summary: 'secret' } }];
    const erased = [...story, { type: 'customer-erased', at: at(9), data: { reason: 'asked' } }];
    expect(segments(erased)).toEqual(['a erased 2026-01-20 2026-01-02 2026-01-09']);
    expect(JSON.stringify(folded(erased))).not.toContain('secret');
    expect(plannedFor(folded(erased), at(10))).toEqual([]);
  });

  it('is no erasure that is requested', () => {
    const requested: StoryEvent = { type: 'erasure-requested', at: at(2), data: { ground: 'unstated', dueAt: at(20) } };
    expect(segments([assigned('a', 1), requested])).toEqual([]);
    expect(plannedFor(folded([assigned('a', 1), requested]), at(3))).toEqual([]);
  });

  it('shows what is open at an instant with its date of then', () => {
    const desk = folded([assigned('a', 1), planned('x', 2, 5), moved('x', 4, 8)]);
    expect(plannedFor(desk, at(3))).toMatchObject([{ id: 'x', dueAt: at(5), overdue: false, curatorId: 'a', because: ['c-1'] }]);
    expect(plannedFor(desk, at(9))).toMatchObject([{ id: 'x', dueAt: at(8), overdue: true, because: ['c-1', 'c-2'] }]);
    expect(plannedFor(desk, at(1))).toEqual([]);
  });
});

describe('planned and done', () => {
  it('stay credited to who had the contact, and continue with whom it was given to', () => {
    const story = [assigned('a', 1), planned('x', 2, 5, 'a'), moved('x', 3, 8), given('x', 6, 'b'), completed('x', 8)];
    expect(sums(story)).toMatchObject({
      'planned a 2026-01-05': 1,
      'rescheduled a 2026-01-03': 1,
      'planned b 2026-01-08': 1,
      'completed b 2026-01-08': 1,
      'contact b 2026-01-08': 1,
    });
  });

  it('keep the months covered where an assignment confirms who had the customer, and find them again where it does not', () => {
    const contact: StoryEvent = {
      type: 'contact-recorded',
      at: at(5),
      data: { channel: 'phone', direction: 'outbound', purpose: 'other' },
    };
    const story = [assigned('a', 1), contact];
    const months = monthsCovered(folded(story));
    expect(months).toEqual([expect.objectContaining({ month: '2026-01', curator: 'a' })]);
    expect(monthsCovered(folded([...story, assigned('a', 3, 6)]))).toEqual(months);
    expect(monthsCovered(folded([...story, assigned('b', 3, 6)]))).toEqual([expect.objectContaining({ month: '2026-01', curator: 'b' })]);
  });

  it('go to the curator at the time of the event, not to the present one', () => {
    expect(
      sums([assigned('a', 1), planned('x', 2, 5), completed('x', 5), planned('y', 6, 20), assigned('b', 10), completed('y', 20)]),
    ).toEqual({
      'planned a 2026-01-05': 1,
      'completed a 2026-01-05': 1,
      'contact a 2026-01-05': 1,
      'planned b 2026-01-20': 1,
      'completed b 2026-01-20': 1,
      'contact b 2026-01-20': 1,
      'covered a 2026-01-05': 1,
      'covered b 2026-01-20': 1,
      'portfolio a 2026-01-01': 1,
      'portfolio a 2026-01-10': -1,
      'portfolio b 2026-01-10': 1,
      'held a 2026-01-01': 1,
      'held a 2026-02-01': -1,
      'held b 2026-01-10': 1,
    });
  });

  const contact = (actor: NonNullable<StoryEvent['by']>, handledBy?: string): StoryEvent => ({
    type: 'contact-recorded',
    at: at(3),
    by: actor,
    data: { contactId: 'k', channel: 'phone', direction: 'inbound', purpose: 'other', ...(handledBy && { handledBy }) },
  });
  const curator = { kind: 'curator', id: 'colleague' } as const;

  it.each([
    ['who had it, where that was said', contact(curator, 'deputy'), 'deputy'],
    ['the curator who reports it', contact(curator), 'colleague'],
    ["the customer's curator, where a service reports it", contact({ kind: 'service', id: 'telephony' }), 'a'],
  ])('credit a contact to %s', (_, recorded, credited) => {
    expect(sums([assigned('a', 1), recorded])).toMatchObject({ [`contact ${credited} 2026-01-03`]: 1, 'covered a 2026-01-03': 1 });
  });

  it('credit a planned contact to whom it was given, whosever the customer is and whoever reports it', () => {
    for (const by of [curator, { kind: 'supervisor', id: 's' } as const])
      expect(sums([assigned('a', 1), planned('x', 2, 3, 'boris'), { ...completed('x', 3), by }])).toMatchObject({
        'planned boris 2026-01-03': 1,
        'completed boris 2026-01-03': 1,
        'contact boris 2026-01-03': 1,
        'covered a 2026-01-03': 1,
      });
  });

  it('credit a planned contact to the successor, once it has passed on with the customer', () => {
    for (const given of [undefined, 'a'])
      expect(sums([assigned('a', 1), planned('x', 2, 20, given), assigned('b', 10), completed('x', 20)])).toMatchObject({
        'completed b 2026-01-20': 1,
        'contact b 2026-01-20': 1,
      });
    expect(sums([planned('x', 2, 20), { ...completed('x', 20), by: curator }])).toMatchObject({
      'completed none 2026-01-20': 1,
      'contact colleague 2026-01-20': 1,
    });
  });

  it('hold a customer until the end of every month in which there was a curator, however short', () => {
    const held = (story: readonly StoryEvent[]) =>
      Object.fromEntries(Object.entries(sums(story)).filter(([key]) => key.startsWith('held')));
    const february = { type: 'curator-assigned', at: '2026-02-01', data: { curatorId: 'b', from: '2026-02-01T00:00:00.000Z' } };
    expect(held([assigned('a', 5), february])).toEqual({ 'held a 2026-01-05': 1, 'held a 2026-02-01': -1, 'held b 2026-02-01': 1 });
    expect(held([assigned('a', 1), assigned('b', 10), assigned('a', 20)])).toEqual({
      'held a 2026-01-01': 1,
      'held b 2026-01-10': 1,
      'held b 2026-02-01': -1,
    });
    expect(held([assigned('a', 1), { type: 'customer-erased', at: at(4), data: { reason: 'asked' } }])).toEqual({
      'held a 2026-01-01': 1,
      'held a 2026-02-01': -1,
    });
  });

  it('take the customer out of the portfolio at a merge', () => {
    expect(sums([assigned('a', 1), { type: 'customer-merged', at: at(4), data: { into: 'o' } }])).toEqual({
      'portfolio a 2026-01-01': 1,
      'portfolio a 2026-01-04': -1,
      'held a 2026-01-01': 1,
      'held a 2026-02-01': -1,
    });
  });

  it('close exactly: appointments are completed, missed, cancelled, rescheduled or open, whatever happened in whatever order', () => {
    const day = fc.integer({ min: 1, max: 28 });
    const ends = ['contact-missed', 'contact-cancelled'].map(
      (type) =>
        (contactId: string, on: number): StoryEvent => ({ type, at: at(on), data: { contactId } }),
    );
    const item = fc.record({
      opened: day,
      due: day,
      moves: fc.array(fc.tuple(day, day), { maxLength: 3 }),
      end: fc.option(fc.tuple(fc.constantFrom(completed, ...ends), day)),
    });
    const story = fc.tuple(fc.array(item, { maxLength: 5 }), fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), day), { maxLength: 4 }));
    fc.assert(
      fc.property(story, ([items, assignments]) => {
        const story = [
          ...assignments.map(([curator, from]) => assigned(curator, from)),
          ...items.flatMap(({ opened, due, moves, end }, n) => [
            planned(`${n}`, opened, due),
            ...moves.map(([on, to]) => moved(`${n}`, on, to)),
            ...(end ? [end[0](`${n}`, end[1])] : []),
          ]),
        ];
        fc.pre(story.length > 0);
        const totals: Record<string, number> = {};
        for (const { series, amount } of contributionsOf(deskProjection, folded(story), defaultPolicies))
          totals[series.measure!] = (totals[series.measure!] ?? 0) + amount;
        const { planned: all = 0, completed: done = 0, missed = 0, cancelled = 0, rescheduled = 0 } = totals;
        expect(all).toBe(done + missed + cancelled + rescheduled + items.filter(({ end }) => !end).length);
        const last = rowsOf(deskProjection, folded(story), defaultPolicies).filter(
          ({ fields }) => fields.state === 'open' && fields.itemKind === 'contact',
        );
        expect(last).toHaveLength(items.filter(({ end }) => !end).length);
      }),
    );
  });
});
