import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { churnProjection } from '../churn/projection.js';
import { eventsBehind } from '../drill-down.js';
import type { Projection } from '../projection.js';
import { retentionProjection } from '../retention/projection.js';
import { itemsOnDesk, type OnDeskParams } from './on-desk.js';
import { deskProjection } from './projection.js';
import { desk } from './query.js';
import { overdueErasures, overdueReceipts, supervisorDesk } from './supervisor.js';

const on = (day: string) => `2026-${day}T10:00:00.000Z`;
const event = (type: string, day: string, data: object): StoryEvent => ({ type, at: on(day), data });
const registered = event('customer-registered', '01-01', { kind: 'person', role: 'customer' });
const assigned = (curatorId: string, day: string) => event('curator-assigned', day, { curatorId, from: on(day) });
const contact = { channel: 'phone', direction: 'outbound', purpose: 'other' };
const planned = (contactId: string, day: string, due: string) =>
  event('contact-planned', day, { contactId, ...contact, plannedFor: on(due) });
const ended = (how: string, contactId: string, day: string) =>
  event(`contact-${how}`, day, { contactId, ...(how === 'completed' && contact) });
const promised = (promiseId: string, day: string, due: string) => event('promise-made', day, { promiseId, text: 't', dueAt: on(due) });
/** Nobody says who had it: it is the curator's of the customer. */
const met = (day: string): StoryEvent => ({
  ...event('contact-recorded', day, { contactId: day, ...contact }),
  by: { kind: 'service', id: 'telephony' },
});

const built = (stories: Readonly<Record<string, readonly StoryEvent[]>>, now: string) =>
  builtViews(
    [deskProjection, churnProjection, retentionProjection] as readonly Projection[],
    Object.entries(stories).map(([id, story]) => storyOf(id, [registered, ...story])),
    { now: on(now) },
  );

describe('what is on a desk, by hand', () => {
  it('is by date, as far as the limit, and says whether there is more', async () => {
    // What comes first by date has passed on to Oleg.
    const gone = [...'abcdefghijkl'].map((letter) => `gone-${letter}`);
    const kept = ['k1', 'k2', 'k3'];
    const context = await built(
      {
        anna: [assigned('maria', '01-01'), ...gone.map((id) => planned(id, '01-02', '01-10')), assigned('oleg', '01-05')],
        boris: [assigned('maria', '01-01'), ...kept.map((id, n) => planned(id, '01-02', `01-1${3 - n}`))],
      },
      '01-20',
    );
    const listed = async (limit: number, more: Partial<OnDeskParams> = {}) => {
      const params = { curators: ['maria'], kinds: ['contact'] as const, dueAt: {}, openOnly: false, asOf: on('01-20'), ...more };
      const { items, cut } = await itemsOnDesk(context, { ...params, limit });
      return [items.map(({ id }) => id), cut];
    };
    for (const openOnly of [true, false]) {
      expect(await listed(2, { openOnly })).toEqual([['k3', 'k2'], true]);
      expect(await listed(3, { openOnly })).toEqual([['k3', 'k2', 'k1'], false]);
      expect(await listed(4, { openOnly })).toEqual([['k3', 'k2', 'k1'], false]);
    }
    expect(await listed(100, { asOf: on('01-04') })).toEqual([[...gone, 'k3', 'k2', 'k1'], false]);
    expect(await listed(100, { asOf: on('01-01') })).toEqual([[], false]);
    const { overdueContacts, cut } = await desk(context, { curatorId: 'maria', limit: 2 });
    expect([overdueContacts.map(({ id }) => id), cut]).toEqual([['k3', 'k2'], ['overdueContacts']]);
  });

  it('is overdue when it was due before, unless it is done', async () => {
    const story = [
      assigned('maria', '01-01'),
      planned('x', '01-02', '01-10'),
      ended('completed', 'x', '01-15'),
      promised('p', '01-02', '01-12'),
    ];
    const context = await built({ anna: story }, '01-20');
    const plan = async (asOf: string) =>
      (await desk(context, { curatorId: 'maria', date: '2026-01-10', asOf: on(asOf) })).plan.map(({ id, state, overdue }) => [
        id,
        state,
        overdue,
      ]);
    expect(await plan('01-10')).toEqual([['x', 'open', false]]);
    expect(await plan('01-11')).toEqual([['x', 'open', true]]);
    expect(await plan('01-15')).toEqual([['x', 'completed', false]]);
    const overdue = async (asOf: string) => {
      const { overdueContacts, overduePromises } = await desk(context, { curatorId: 'maria', asOf: on(asOf) });
      return [...overdueContacts, ...overduePromises].map(({ id, overdue }) => [id, overdue]);
    };
    expect(await overdue('01-10')).toEqual([]);
    expect(await overdue('01-11')).toEqual([['x', true]]);
    expect(await overdue('01-14')).toEqual([
      ['x', true],
      ['p', true],
    ]);
    expect(await overdue('01-15')).toEqual([['p', true]]);
    const raised = event('complaint-raised', '01-03', { complaintId: 'k', summary: 's', severity: 'high' });
    const angry = await built({ anna: [assigned('maria', '01-01'), raised] }, '01-20');
    expect((await desk(angry, { curatorId: 'maria' })).complaints).toMatchObject([{ id: 'k', dueAt: on('01-03'), overdue: false }]);
  });
});

describe("the supervisor's desk, by hand", () => {
  const story = [
    assigned('maria', '01-01'),
    ...['a', 'b', 'c', 'd', 'e'].map((id, n) => planned(id, '01-02', `01-1${n}`)),
    ended('completed', 'a', '01-10'),
    ended('missed', 'b', '01-11'),
    ended('missed', 'c', '01-12'),
    ended('cancelled', 'd', '01-13'),
    ...['p', 'q', 'r'].map((id) => promised(id, '01-02', '01-20')),
    event('promise-kept', '01-15', { promiseId: 'p' }),
    event('promise-kept', '01-16', { promiseId: 'q' }),
    event('promise-broken', '01-17', { promiseId: 'r' }),
    planned('ahead', '01-03', '02-10'),
    met('02-01'),
  ];

  it('counts how each appointment and promise ended, and what is ahead', async () => {
    const context = await built({ anna: story, boris: [assigned('oleg', '01-03')] }, '02-05');
    const asked = (from: string, to: string, more: object = {}) =>
      supervisorDesk(context, { from: `2026-${from}`, to: `2026-${to}`, ...more });
    const [maria, oleg] = (await asked('01-01', '02-28')).curators;
    expect(maria).toMatchObject({
      planned: { amount: 5, ahead: 1 },
      completed: { amount: 1 },
      missed: { amount: 2 },
      cancelled: { amount: 1 },
      contacts: { amount: 2 },
      promises: { made: { amount: 3 }, kept: { amount: 2 }, broken: { amount: 1 } },
      coverage: [
        { month: '2026-01', covered: 1, portfolio: 1, share: 1 },
        { month: '2026-02', covered: 1, portfolio: 1, share: 1 },
      ],
    });
    expect(oleg).toMatchObject({
      curatorId: 'oleg',
      planned: { amount: 0, ahead: 0, series: null },
      coverage: [{ covered: 0 }, { covered: 0 }],
    });
    expect((await asked('01-01', '02-28', { curatorId: 'oleg' })).curators).toEqual([oleg]);
    // Only the second half of January: the first contact of the month was before it, and covers it all the same.
    expect((await asked('01-12', '01-31')).curators[0]).toMatchObject({
      planned: { amount: 3, ahead: 0 },
      missed: { amount: 1 },
      coverage: [{ month: '2026-01', covered: 1, portfolio: 1 }],
    });
    expect((await asked('02-08', '02-28')).curators[0]).toMatchObject({ planned: { amount: 0, ahead: 1 } });
    expect((await asked('02-11', '02-28')).curators[0]).toMatchObject({ planned: { amount: 0, ahead: 0 } });
    expect((await asked('01-01', '02-05')).curators[0]).toMatchObject({ planned: { amount: 5, ahead: 0, aheadSeries: null } });
  });

  it('counts overdue erasures, the day after they were due on, for whoever is responsible, until they are rejected or carried out', async () => {
    const requested = (day: string, due: string) =>
      event('erasure-requested', day, { ground: 'unstated', dueAt: `2026-${due}T23:59:59.999Z` });
    const context = await built(
      {
        anna: [assigned('maria', '01-01'), requested('01-02', '02-02'), assigned('oleg', '02-10'), event('customer-erased', '02-20', {})],
        boris: [
          assigned('maria', '01-01'),
          requested('01-05', '02-05'),
          event('erasure-rejected', '02-07', {}),
          requested('02-08', '03-08'),
        ],
        clara: [requested('01-10', '02-10')],
        dora: [assigned('maria', '01-01'), requested('01-10', '02-10'), event('customer-erased', '02-09', {})],
      },
      '02-28',
    );
    const overdue = async (asOf: string) => {
      const { curators } = await supervisorDesk(context, { asOf: `2026-${asOf}` });
      const counted = curators.filter(({ overdueErasures: { amount } }) => amount > 0);
      const now = `2026-${asOf}T12:00:00.000Z`;
      return [await overdueErasures({ ...context, now }), ...counted.map((line) => `${line.curatorId} ${line.overdueErasures.amount}`)];
    };
    expect(await overdue('02-02')).toEqual([0]);
    expect(await overdue('02-03')).toEqual([1, 'maria 1']);
    expect(await overdue('02-06')).toEqual([2, 'maria 2']);
    expect(await overdue('02-07')).toEqual([1, 'maria 1']);
    expect(await overdue('02-10')).toEqual([1, 'oleg 1']);
    expect(await overdue('02-11')).toEqual([2, 'none 1', 'oleg 1']);
    expect(await overdue('02-20')).toEqual([1, 'none 1']);
    expect(await overdue('03-09')).toEqual([2, 'maria 1', 'none 1']);
    const [, oleg] = (await supervisorDesk(context, { asOf: '2026-02-11' })).curators.filter(({ overdueErasures: { series } }) => series);
    const { contributors } = await eventsBehind(context, { view: 'desk', series: oleg!.overdueErasures.series!, asOf: '2026-02-11' });
    expect(contributors).toMatchObject([{ customerId: 'anna', events: ['anna-2'] }]);
    // None of it is on the desk of a curator.
    const { plan, overdueContacts, overduePromises, complaints } = await desk(context, { curatorId: 'oleg', asOf: on('02-15') });
    expect([plan, overdueContacts, overduePromises, complaints].flat()).toEqual([]);
  });

  it('counts the receipts of subscribers that are overdue, after the erasure, for whoever was responsible, until they are given', async () => {
    const overdue = (subscriberId: string, day: string) => event('erasure-receipt-overdue', day, { subscriberId, dueAt: on(day) });
    const given = (subscriberId: string, day: string) => event('erasure-receipt-given', day, { subscriberId });
    const erased = event('customer-erased', '02-01', {});
    const context = await built(
      {
        anna: [assigned('maria', '01-01'), erased, overdue('mail', '02-08'), overdue('shop', '02-09'), given('mail', '02-12')],
        boris: [erased, given('mail', '02-02'), overdue('shop', '02-08')],
      },
      '02-28',
    );
    const counted = async (day: string) => {
      const { curators } = await supervisorDesk(context, { asOf: `2026-${day}` });
      const lines = curators.filter(({ overdueReceipts: { amount } }) => amount > 0);
      const now = `2026-${day}T12:00:00.000Z`;
      return [await overdueReceipts({ ...context, now }), ...lines.map((line) => `${line.curatorId} ${line.overdueReceipts.amount}`)];
    };
    expect(await counted('02-07')).toEqual([0]);
    expect(await counted('02-08')).toEqual([2, 'maria 1', 'none 1']);
    expect(await counted('02-09')).toEqual([3, 'maria 2', 'none 1']);
    expect(await counted('02-12')).toEqual([2, 'maria 1', 'none 1']);
  });

  it('names the events behind each number', async () => {
    const context = await built({ anna: story }, '02-05');
    const [maria] = (await supervisorDesk(context, { from: '2026-01-12', to: '2026-02-28' })).curators;
    const behind = async (series: string | null) =>
      (await eventsBehind(context, { view: 'desk', series: series! })).contributors.flatMap(({ events }) => events);
    expect(await behind(maria!.missed.series)).toEqual(['anna-9']);
    expect(await behind(maria!.planned.aheadSeries)).toEqual(['anna-17']);
    expect(await behind(maria!.coverage[0]!.series)).toEqual(['anna-7']);
    expect(await behind(maria!.coverage[1]!.portfolioSeries)).toEqual(['anna-1']);
  });

  it('rejects a period that ends before it begins, or is longer than three years', async () => {
    const context = await built({ anna: story }, '02-05');
    const asked = (from: string, to: string) => supervisorDesk(context, { from, to, asOf: '2029-12-31' });
    await expect(asked('2026-02-02', '2026-02-01')).rejects.toMatchObject({
      parameter: 'to',
      message: expect.stringContaining('must not be before from'),
    });
    await expect(asked('2026-01-01', '2029-01-02')).rejects.toMatchObject({
      parameter: 'from',
      message: expect.stringContaining('must be at most 1097 days before 2029-01-02; query several periods instead'),
    });
    expect((await asked('2026-01-01', '2029-01-01')).curators[0]!.coverage).toHaveLength(37);
    expect((await asked('2026-02-01', '2026-02-01')).curators[0]).toMatchObject({ contacts: { amount: 1 } });
  });

  it('has in the portfolio of each month whom the curator had in it', async () => {
    const context = await built(
      {
        anna: [assigned('maria', '01-31'), assigned('oleg', '03-01')],
        boris: [assigned('maria', '02-10'), assigned('oleg', '02-20')],
        clara: [assigned('maria', '03-31')],
      },
      '04-30',
    );
    const portfolios = async (from: string, to: string) =>
      (await supervisorDesk(context, { from: `2026-${from}`, to: `2026-${to}` })).curators.map(({ curatorId, coverage }) => [
        curatorId,
        ...coverage.map(({ month, portfolio }) => `${month.slice(5)} ${portfolio}`),
      ]);
    expect(await portfolios('01-01', '04-30')).toEqual([
      // Anna was Maria's until ten o'clock of 1 March.
      ['maria', '01 1', '02 2', '03 2', '04 1'],
      ['oleg', '02 1', '03 2', '04 2'],
    ]);
    expect(await portfolios('02-15', '03-31')).toEqual([
      ['maria', '02 2', '03 2'],
      ['oleg', '02 1', '03 2'],
    ]);
    expect(await portfolios('03-01', '03-30')).toEqual([
      ['maria', '03 1'],
      ['oleg', '03 2'],
    ]);
    expect(await portfolios('04-01', '04-01')).toEqual([
      ['maria', '04 1'],
      ['oleg', '04 2'],
    ]);
  });
});
