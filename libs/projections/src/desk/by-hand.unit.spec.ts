import { defaultPolicies } from '#relationship';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { contributionsOf, rowsOf } from '../derived.js';
import { foldCustomer } from '../fold.js';
import { plannedFor } from './planned.js';
import { deskProjection } from './projection.js';

const folded = (story: readonly StoryEvent[]) => foldCustomer(deskProjection, storyOf('c', story))!;
const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}`;
const at = (n: number) => `${day(n)}T10:00:00.000Z`;
const event = (type: string, n: number, data: object, id = `${type}-${n}`): StoryEvent => ({ type, at: at(n), id, data });
const assigned = (curatorId: string, from: number) =>
  event('curator-assigned', from, { curatorId, from: at(from) }, `to-${curatorId}-${from}`);
const contact = { channel: 'phone', direction: 'outbound', purpose: 'other' };
const planned = (n: number, due: number, more: object = {}) =>
  event('contact-planned', n, { contactId: 'x', ...contact, plannedFor: at(due), ...more }, 'planned');
const moved = (n: number, to: number) => event('contact-rescheduled', n, { contactId: 'x', from: at(n), to: at(to) });
const completed = (n: number) => event('contact-completed', n, { contactId: 'x', ...contact }, 'done');
const promised = (n: number, due: number, more: object = {}) =>
  event('promise-made', n, { promiseId: 'p', text: 't', dueAt: at(due), ...more }, 'promised');
const met = (n: number, direction = 'outbound', id = `met-${n}`) =>
  event('contact-recorded', n, { ...contact, contactId: id, direction }, id);
const merged = (n: number) => event('customer-merged', n, { into: 'other' }, 'merged');
const erased = (n: number) => event('customer-erased', n, { reason: 'asked' }, 'erased');

/** Curator, day, amount and event. */
const counted = (story: readonly StoryEvent[], measure: string) =>
  contributionsOf(deskProjection, folded(story), defaultPolicies)
    .filter(({ series }) => series.measure === measure)
    .map(({ series: { curator }, day, amount, events }) => [curator, day, amount, ...events]);

describe('what was planned, by hand', () => {
  it('is credited to the curator on its day, or when it was moved before that', () => {
    const late = [assigned('a', 1), planned(2, 5), assigned('b', 10), completed(20)];
    expect([counted(late, 'planned'), counted(late, 'completed')]).toEqual([[['a', day(5), 1, 'planned']], [['b', day(20), 1, 'done']]]);
    const story = [assigned('a', 1), planned(2, 20), moved(5, 25), assigned('b', 10), completed(24)];
    expect(counted(story, 'planned')).toEqual([
      ['a', day(20), 1, 'planned'],
      ['b', day(25), 1, 'contact-rescheduled-5'],
    ]);
    expect(counted(story, 'rescheduled')).toEqual([['a', day(5), 1, 'contact-rescheduled-5']]);
    const early = [assigned('a', 1), planned(2, 20), completed(8), assigned('b', 10)];
    expect(counted(early, 'planned')).toEqual([['a', day(20), 1, 'planned']]);
  });

  it('ends as it was said to end, and by an erasure in no way that counts', () => {
    const ends = ['completed', 'missed', 'cancelled', 'erased', 'promise-kept', 'promise-broken'];
    const endsOf = (story: readonly StoryEvent[]) => ends.filter((measure) => counted([assigned('a', 1), ...story], measure).length > 0);
    expect(endsOf([planned(2, 5), completed(5)])).toEqual(['completed']);
    expect(endsOf([planned(2, 5), event('contact-missed', 5, { contactId: 'x' })])).toEqual(['missed']);
    expect(endsOf([planned(2, 5), event('contact-cancelled', 5, { contactId: 'x' })])).toEqual(['cancelled']);
    expect(endsOf([promised(2, 5), event('promise-kept', 5, { promiseId: 'p' })])).toEqual(['promise-kept']);
    expect(endsOf([promised(2, 5), event('promise-broken', 5, { promiseId: 'p' })])).toEqual(['promise-broken']);
    const gone = [assigned('a', 1), planned(2, 5), promised(3, 6), erased(4)];
    const measures = contributionsOf(deskProjection, folded(gone), defaultPolicies).map(({ series }) => series.measure);
    expect([...new Set(measures)].sort()).toEqual(['held', 'planned', 'portfolio', 'promise-made']);
  });
});

describe('the months covered, by hand', () => {
  it('are one for each curator of the time, by the first contact, however often the customer changes hands', () => {
    const story = [met(1), assigned('a', 2), met(3), met(4), assigned('b', 5), met(6), assigned('a', 7), met(8), assigned('b', 9), met(10)];
    expect(counted(story, 'covered')).toEqual([
      ['a', day(3), 1, 'met-3'],
      ['b', day(6), 1, 'met-6'],
    ]);
    expect(counted([assigned('a', 1), met(3, 'internal')], 'covered')).toEqual([]);
    expect(counted([assigned('a', 1), met(3, 'internal')], 'contact')).toEqual([]);
  });

  it('are the same of many contacts, in whatever blocks they are kept', () => {
    const months = Array.from({ length: 700 }, (_, n) => new Date(Date.UTC(2020, 0, 1 + 2 * n)).toISOString().slice(0, 10));
    const story = [
      { ...assigned('a', 1), at: '2019-12-01', data: { curatorId: 'a', from: '2019-12-01T00:00:00.000Z' } },
      ...months.map((on, n) => ({ ...met(1, 'outbound', `k${n}`), at: on })),
    ];
    expect(folded(story).contacts.length).toBeGreaterThan(1);
    const firsts = months.map((on, n) => [on, n] as const).filter(([on], i) => months[i - 1]?.slice(0, 7) !== on.slice(0, 7));
    expect(counted(story, 'covered')).toEqual(firsts.map(([on, n]) => ['a', on, 1, `k${n}`]));
  });

  it('are none after a merge or an erasure', () => {
    const story = [assigned('a', 1), met(6)];
    expect(counted([...story, merged(5)], 'covered')).toEqual([]);
    expect(counted([...story, merged(6)], 'covered')).toEqual([]);
    expect(counted([...story, merged(7)], 'covered')).toEqual([['a', day(6), 1, 'met-6']]);
  });
});

describe('the portfolio, by hand', () => {
  it('is left by the assignment of another, by a merge or by an erasure, and entered by none after that', () => {
    const story = [assigned('a', 1), assigned('b', 10)];
    expect(counted(story, 'portfolio')).toEqual([
      ['a', day(1), 1, 'to-a-1'],
      ['a', day(10), -1, 'to-b-10'],
      ['b', day(10), 1, 'to-b-10'],
    ]);
    const left = (story: readonly StoryEvent[]) => counted(story, 'portfolio');
    expect(left([...story, merged(4)])).toEqual([
      ['a', day(1), 1, 'to-a-1'],
      ['a', day(4), -1, 'merged'],
    ]);
    expect(left([...story, merged(10)])).toEqual([
      ['a', day(1), 1, 'to-a-1'],
      ['a', day(10), -1, 'merged'],
    ]);
    expect(left([...story, erased(12)]).slice(2)).toEqual([
      ['b', day(10), 1, 'to-b-10'],
      ['b', day(12), -1, 'erased'],
    ]);
    expect(left([...story, merged(14), erased(12)]).slice(2)).toEqual([
      ['b', day(10), 1, 'to-b-10'],
      ['b', day(12), -1, 'erased'],
    ]);
  });
});

describe('the work of one customer, by hand', () => {
  const by = (item: object) => ({ kind: 'contact', id: 'x', channel: 'phone', purpose: 'other', curatorId: 'a', overdue: false, ...item });

  it('is all that was opened by an instant and not closed, by date, and overdue after its date', () => {
    const desk = folded([assigned('a', 1), promised(2, 9), planned(3, 6, { summary: 'the roof' }), moved(4, 8), completed(12)]);
    const x = by({ text: 'the roof', dueAt: at(8), because: ['planned', 'contact-rescheduled-4'] });
    const p = { kind: 'promise', id: 'p', text: 't', dueAt: at(9), curatorId: 'a', overdue: false, because: ['promised'] };
    expect(plannedFor(desk, at(2))).toEqual([p]);
    expect(plannedFor(desk, at(3))).toEqual([{ ...x, dueAt: at(6), because: ['planned'] }, p]);
    expect(plannedFor(desk, at(4))).toEqual([x, p]);
    expect(plannedFor(desk, at(8))).toEqual([x, p]);
    expect(plannedFor(desk, at(9))).toEqual([{ ...x, overdue: true }, p]);
    expect(plannedFor(desk, at(11))).toEqual([
      { ...x, overdue: true },
      { ...p, overdue: true },
    ]);
    expect(plannedFor(desk, at(12))).toEqual([{ ...p, overdue: true }]);
  });

  it('has a row for each time in which it had one holder and one date', () => {
    const story = [assigned('a', 1), planned(2, 20, { summary: 'the roof' }), moved(8, 22), assigned('b', 5), moved(3, 21), completed(12)];
    const body = { customerId: 'c', kind: 'contact', id: 'x', channel: 'phone', purpose: 'other', text: 'the roof', openedAt: at(2) };
    const rows = rowsOf(deskProjection, folded(story), defaultPolicies).filter(({ fields }) => fields.itemKind === 'contact');
    const row = (n: number, curatorId: string, due: number, from: number, to: number, state: string, set: string) => ({
      key: `c|contact|x|000${n}`,
      fields: { customerId: 'c', curatorId, itemKind: 'contact', dueAt: at(due), openedAt: at(from), closedAt: at(to), state },
      body: { ...body, dueAt: at(due), events: [...new Set(['planned', set])], ...(state === 'completed' && { endedBy: 'done' }) },
    });
    expect(rows).toEqual([
      row(0, 'a', 20, 2, 3, 'rescheduled', 'planned'),
      row(1, 'a', 21, 3, 5, 'handed-over', 'contact-rescheduled-3'),
      row(2, 'b', 21, 5, 8, 'rescheduled', 'to-b-5'),
      row(3, 'b', 22, 8, 12, 'completed', 'contact-rescheduled-8'),
    ]);
  });

  it('names where the customer went, and says of a portfolio since when it holds the customer', () => {
    const story = [
      assigned('a', 1),
      event('complaint-raised', 2, { complaintId: 'k', summary: 's', severity: 'high' }, 'raised'),
      merged(4),
    ];
    expect(rowsOf(deskProjection, folded(story), defaultPolicies)).toEqual([
      {
        key: 'c|complaint|k|0000',
        fields: {
          customerId: 'c',
          curatorId: 'a',
          itemKind: 'complaint',
          dueAt: at(2),
          openedAt: at(2),
          closedAt: '9999-12-31T23:59:59.999Z',
          state: 'open',
        },
        body: {
          customerId: 'c',
          mergedInto: 'other',
          kind: 'complaint',
          id: 'k',
          text: 's',
          severity: 'high',
          dueAt: at(2),
          openedAt: at(2),
          events: ['raised'],
        },
      },
      {
        key: 'c|customer|to-a-1',
        fields: { customerId: 'c', curatorId: 'a', itemKind: 'customer', dueAt: null, openedAt: at(1), closedAt: at(4), state: 'open' },
        body: { customerId: 'c', from: at(1), event: 'to-a-1' },
      },
    ]);
  });

  it('is of nobody until the customer has a curator', () => {
    const holders = (story: readonly StoryEvent[]) =>
      rowsOf(deskProjection, folded(story), defaultPolicies)
        .filter(({ fields }) => fields.itemKind === 'contact')
        .map(({ fields: { curatorId, openedAt } }) => [curatorId, openedAt]);
    expect(holders([planned(2, 20), assigned('b', 3)])).toEqual([
      [null, at(2)],
      ['b', at(3)],
    ]);
  });
});
