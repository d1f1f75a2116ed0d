import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { churnProjection } from '../churn/projection.js';
import type { Projection } from '../projection.js';
import { retentionProjection } from '../retention/projection.js';
import type { QueryContext } from '../view-reader.js';
import { deskProjection } from './projection.js';
import { desk } from './query.js';
import { supervisorDesk } from './supervisor.js';

const at = (day: number, month = 1) => `2026-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T10:00:00.000Z`;
const registered: StoryEvent = { type: 'customer-registered', at: at(1), data: { kind: 'person', role: 'customer' } };
const assigned = (curatorId: string, day: number): StoryEvent => ({
  type: 'curator-assigned',
  at: at(day),
  data: { curatorId, from: at(day) },
});
const contact = { channel: 'phone', direction: 'outbound', purpose: 'other' };
const planned = (contactId: string, day: number, plannedFor: string): StoryEvent => ({
  type: 'contact-planned',
  at: at(day),
  data: { contactId, ...contact, plannedFor },
});
const completed = (contactId: string, when: string): StoryEvent => ({
  type: 'contact-completed',
  at: when,
  data: { contactId, ...contact },
});
const promised = (promiseId: string, day: number, dueAt: string): StoryEvent => ({
  type: 'promise-made',
  at: at(day),
  data: { promiseId, text: 'something', dueAt },
});

const views = [deskProjection, churnProjection, retentionProjection] as readonly Projection[];
const stories = [
  storyOf('anna', [
    registered,
    assigned('maria', 1),
    planned('a1', 2, at(5)),
    completed('a1', at(5)),
    promised('p1', 6, at(8)),
    assigned('oleg', 10),
    planned('a2', 11, at(20)),
  ]),
  storyOf('boris', [
    registered,
    assigned('maria', 1),
    planned('b1', 2, at(9)),
    planned('b2', 3, at(15)),
    { type: 'contact-rescheduled', at: at(7), data: { contactId: 'b2', from: at(15), to: at(3, 2) } },
  ]),
];

describe('the desk', () => {
  let context: QueryContext;
  beforeAll(async () => {
    context = await builtViews(views, stories, { now: at(20) });
  });

  it('shows the plan of a day with what is done already, and what is overdue', async () => {
    const maria = await desk(context, { curatorId: 'maria', date: '2026-01-05', asOf: at(5).replace('10:', '12:') });
    expect(maria.plan.map(({ id, state }) => [id, state])).toEqual([['a1', 'completed']]);
    const before = await desk(context, { curatorId: 'maria', date: '2026-01-05', asOf: at(4) });
    expect(before.plan.map(({ id, state, because }) => [id, state, because[0]])).toEqual([['a1', 'open', 'anna-2']]);
    const later = await desk(context, { curatorId: 'maria', asOf: at(9).replace('10:', '11:') });
    expect(later.overdueContacts.map(({ id }) => id)).toEqual(['b1']);
    expect(later.overduePromises.map(({ id }) => id)).toEqual(['p1']);
  });

  it('shows the open complaints of the customers, also those of a predecessor, and only until they are resolved', async () => {
    const raised: StoryEvent = {
      type: 'complaint-raised',
      at: at(3),
      data: { complaintId: 'k1', summary: 'late', severity: 'high' },
    };
    const resolved: StoryEvent = { type: 'complaint-resolved', at: at(12), data: { complaintId: 'k1' } };
    const story = storyOf('c', [registered, assigned('maria', 1), raised, assigned('oleg', 10), resolved]);
    const nobodys = storyOf('d', [registered, { ...raised, data: { complaintId: 'k2' } }]);
    const complaining = await builtViews(views, [story, nobodys], { now: at(20) });
    const complaints = async (curatorId: string, day: number) =>
      (await desk(complaining, { curatorId, asOf: at(day), ...(curatorId === 'none' && { curators: [null] }) })).complaints;
    expect(await complaints('maria', 2)).toEqual([]);
    expect(await complaints('maria', 3)).toEqual([
      {
        customerId: 'c',
        kind: 'complaint',
        id: 'k1',
        text: 'late',
        severity: 'high',
        dueAt: at(3),
        openedAt: at(3),
        state: 'open',
        overdue: false,
        because: ['c-2'],
      },
    ]);
    expect(await complaints('maria', 11)).toEqual([]);
    expect((await complaints('oleg', 11)).map(({ id }) => id)).toEqual(['k1']);
    expect(await complaints('oleg', 13)).toEqual([]);
    expect((await complaints('none', 13)).map(({ id }) => id)).toEqual(['k2']);
    const [maria] = (await supervisorDesk(complaining, { from: '2026-01-01', to: '2026-01-31' })).curators;
    expect(maria).toMatchObject({ planned: { amount: 0 }, promises: { made: { amount: 0 } } });
  });

  it('names what closed an item only as of when it was closed', async () => {
    const kept: StoryEvent = { type: 'promise-kept', at: at(5), data: { promiseId: 'p' }, id: 'kept' };
    const story = storyOf('e', [registered, assigned('maria', 1), { ...promised('p', 2, at(6)), id: 'promised' }, kept]);
    const keeping = await builtViews(views, [story], { now: at(20) });
    const because = async (asOf: string) =>
      (await desk(keeping, { curatorId: 'maria', date: '2026-01-06', asOf })).plan.map((each) => [each.state, each.because]);
    expect(await because(at(3))).toEqual([['open', ['promised']]]);
    expect(await because(at(5))).toEqual([['kept', ['promised', 'kept']]]);
  });

  it('hands open work over with the customer', async () => {
    expect((await desk(context, { curatorId: 'oleg' })).overduePromises.map(({ id, customerId }) => [id, customerId])).toEqual([
      ['p1', 'anna'],
    ]);
    expect((await desk(context, { curatorId: 'maria' })).overduePromises).toEqual([]);
  });

  it('shows a moved contact on its old day as of before, on its new day as of after', async () => {
    const on = async (date: string, asOf: string) => (await desk(context, { curatorId: 'maria', date, asOf })).plan.map(({ id }) => id);
    expect(await on('2026-01-15', at(6))).toEqual(['b2']);
    expect(await on('2026-01-15', at(8))).toEqual([]);
    expect(await on('2026-02-03', at(8))).toEqual(['b2']);
  });

  it('counts a period of three years at most, and any that is still to come', async () => {
    const months = async (from: string, to: string, asOf: string) =>
      (await supervisorDesk(context, { from, to, asOf })).curators.map(({ curatorId, coverage }) => [curatorId, coverage.length]);
    expect(await months('2026-01-01', '2028-12-31', '2028-12-31')).toEqual([
      ['maria', 36],
      ['oleg', 36],
    ]);
    expect(await months('9999-12-31', '9999-12-31', '9999-12-31T23:59:59.999Z')).toEqual([
      ['maria', 1],
      ['oleg', 1],
    ]);
    expect(await months('2026-01-01', '9999-12-31', at(20))).toEqual([
      ['maria', 1],
      ['oleg', 1],
    ]);
    await expect(months('0001-01-01', '2026-01-31', at(20))).rejects.toMatchObject({ name: 'InvalidParameter', parameter: 'from' });
    await expect(months('2026-01-01', '2029-12-31', '2029-12-31')).rejects.toMatchObject({ parameter: 'from' });
  });

  it('counts and pages the portfolio as of any day', async () => {
    const portfolio = async (curatorId: string, asOf: string) => {
      const { count, customers } = (await desk(context, { curatorId, asOf })).portfolio;
      return [count, customers.map(({ customerId }) => customerId)];
    };
    expect(await portfolio('maria', at(9))).toEqual([2, ['anna', 'boris']]);
    expect(await portfolio('maria', at(11))).toEqual([1, ['boris']]);
    expect(await portfolio('oleg', at(11))).toEqual([1, ['anna']]);
  });

  it('lists whom the cadence norm wants to hear from us', async () => {
    const march = { ...context, now: at(10, 3) };
    const due = async (curatorId: string, more = {}) =>
      (await desk(march, { curatorId, ...more })).toContact.map(({ customerId, silence }) => [customerId, silence.dueDay]);
    expect(await due('maria')).toEqual([['boris', '2026-03-03']]);
    expect(await due('oleg')).toEqual([['anna', '2026-03-07']]);
    expect(await due('oleg', { asOf: at(10, 3) })).toEqual([['anna', '2026-03-07']]);
    expect(await due('maria', { asOf: at(1, 2) })).toEqual([]);
  });
});

describe("the supervisor's desk", () => {
  it('sets planned against done by the curator at the time of the event', async () => {
    const context = await builtViews(views, stories, { now: at(20).replace('10:', '12:') });
    const { curators } = await supervisorDesk(context, { from: '2026-01-01', to: '2026-02-28' });
    const [maria, oleg] = curators;
    expect(maria).toMatchObject({
      curatorId: 'maria',
      planned: {
        amount: 3,
        series: 'measure=planned|curator=maria|days=2026-01-01..2026-01-20|',
        ahead: 1,
        aheadSeries: 'measure=planned|curator=maria|days=2026-01-21..2026-02-28|',
      },
      completed: { amount: 1 },
      rescheduled: { amount: 1 },
      contacts: { amount: 1 },
      promises: { made: { amount: 1 }, kept: { amount: 0, series: null } },
      portfolio: { amount: 1 },
      coverage: [{ month: '2026-01', covered: 1, portfolio: 2, share: 0.5 }],
    });
    expect(oleg).toMatchObject({
      curatorId: 'oleg',
      planned: { amount: 1, ahead: 0 },
      completed: { amount: 0 },
      portfolio: { amount: 1 },
      coverage: [{ month: '2026-01', covered: 0, series: null, portfolio: 1, share: 0 }],
    });
  });

  it('covers no month by more than the customers of it, and shows the months without a contact', async () => {
    const contact: StoryEvent = {
      type: 'contact-recorded',
      at: at(5, 2),
      data: { contactId: 'k', channel: 'phone', direction: 'outbound' },
    };
    const toOleg: StoryEvent = { type: 'curator-assigned', at: at(20, 2), data: { curatorId: 'oleg', from: at(20, 2) } };
    const customers = ['a', 'b', 'c', 'd'].map((id, n) =>
      storyOf(id, [registered, assigned('maria', 2), ...(n < 3 ? [contact, toOleg] : [])]),
    );
    const context = await builtViews(views, customers, { now: at(15, 4) });
    const { curators } = await supervisorDesk(context, { from: '2026-01-01', to: '2026-04-15' });
    expect(
      curators
        .filter(({ curatorId }) => curatorId !== 'actor')
        .map(({ curatorId, coverage }) => [
          curatorId,
          ...coverage.map(({ month, covered, portfolio }) => `${month} ${covered}/${portfolio}`),
        ]),
    ).toEqual([
      ['maria', '2026-01 0/4', '2026-02 3/4', '2026-03 0/1', '2026-04 0/1'],
      ['oleg', '2026-02 0/3', '2026-03 0/3', '2026-04 0/3'],
    ]);
    const early = await supervisorDesk(context, { from: '2026-02-01', to: '2026-02-28', asOf: '2026-02-04' });
    expect(early.curators).toMatchObject([{ curatorId: 'maria', coverage: [{ month: '2026-02', covered: 0, portfolio: 4, share: 0 }] }]);
  });

  it('shows whoever had a portfolio in the period, though none is left', async () => {
    const story = storyOf('a', [registered, assigned('maria', 2), assigned('oleg', 20)]);
    const context = await builtViews(views, [story], { now: at(15, 4) });
    const coverage = async (from: string) =>
      (await supervisorDesk(context, { from, to: '2026-04-15' })).curators.map(({ curatorId, coverage }) => [curatorId, coverage.length]);
    expect(await coverage('2026-01-01')).toEqual([
      ['maria', 1],
      ['oleg', 4],
    ]);
    expect(await coverage('2026-02-01')).toEqual([['oleg', 3]]);
  });

  it('looks back: as of then, and as known then', async () => {
    const context = await builtViews(views, stories, { now: at(20) });
    const [maria] = (await supervisorDesk(context, { from: '2026-01-01', to: '2026-01-31', asOf: '2026-01-04' })).curators;
    expect(maria).toMatchObject({ planned: { amount: 0, ahead: 3 }, completed: { amount: 0 }, portfolio: { amount: 2 } });
    const known = (await supervisorDesk(context, { from: '2026-01-01', to: '2026-01-31', knownAt: '2026-01-02' })).curators;
    expect(known).toMatchObject([{ curatorId: 'maria', planned: { amount: 2 }, completed: { amount: 0 } }]);
    await expect(supervisorDesk(context, { from: '2026-02-01', to: '2026-01-01' })).rejects.toThrow('to');
  });

  it('wants to hear from nobody whose role has no cadence then, and keeps them in the portfolio', async () => {
    const role = (to: string, when: string): StoryEvent => ({ type: 'customer-details-corrected', at: when, data: { field: 'role', to } });
    const partner = await builtViews(
      views,
      [
        storyOf('anna', [registered, assigned('maria', 1), role('partner', at(5, 3))]),
        storyOf('boris', [
          { ...registered, data: { kind: 'person', role: 'supplier' } },
          assigned('maria', 1),
          role('public-body', at(8, 3)),
        ]),
      ],
      { now: at(10, 3) },
    );
    const due = async (more = {}) => (await desk(partner, { curatorId: 'maria', ...more })).toContact.map(({ customerId }) => customerId);
    expect(await due({ asOf: at(4, 3) })).toEqual(['anna']);
    expect(await due({ asOf: at(6, 3) })).toEqual([]);
    expect(await due({ asOf: at(10, 3) })).toEqual(['boris']);
    expect(await due()).toEqual(['boris']);
    expect((await desk(partner, { curatorId: 'maria' })).portfolio.count).toBe(2);
  });
});
