import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createMemoryReadModels } from '#read-models/memory/memory-read-models.js';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import { appendAtHead } from '#testing/append-at-head.js';
import { memoryLog } from '#testing/as-written.js';
import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { inZone } from '#testing/in-zone.js';
import { newEvent } from '#testing/new-event.js';
import { findCustomers } from './card/find.js';
import { customerCard } from './card/query.js';
import { churnOf } from './churn/query.js';
import { churnSummary } from './churn/summary.js';
import { desk } from './desk/query.js';
import { supervisorDesk } from './desk/supervisor.js';
import { eventsBehind } from './drill-down.js';
import { ladderMoves, ladderOf } from './ladder/query.js';
import { datedSumsOfMeasure, sumsOfMeasure } from './measure-sums.js';
import type { Projection } from './projection.js';
import { underPoliciesOf } from './reading.js';
import { readAlias, writeAlias } from './runner/aliases.js';
import { createProjector } from './runner/projector.js';
import { createViewReader } from './runner/view-reader.js';
import { timeline } from './timeline/query.js';
import { projections } from './views.js';

const now = '2026-06-01T10:00:00.000Z';
const bought = (at: string, purchaseId = at): StoryEvent => ({
  type: 'purchase-recorded',
  at,
  data: { purchaseId, item: 'x', quantity: 1, amount: { minor: 500, currency: 'EUR' } },
});
const contact = (at: string, more: Partial<StoryEvent> = {}): StoryEvent => ({
  type: 'contact-recorded',
  at,
  data: { contactId: at, channel: 'phone', direction: 'inbound', purpose: 'information' },
  ...more,
});
const registered = (at: string): StoryEvent => ({ type: 'customer-registered', at, data: { kind: 'person', role: 'customer' } });
const asked = (zone: string, story: readonly StoryEvent[]) =>
  builtViews(projections, [storyOf('anna', story)], { now, policies: inZone(zone) });

/** Half past eleven in the evening of the last of March in Berlin, and an hour later. */
const evening = '2026-03-31T21:30:00.000Z';
const night = '2026-03-31T22:30:00.000Z';
const late: readonly StoryEvent[] = [
  registered(evening),
  { type: 'curator-assigned', at: evening, data: { curatorId: 'maria', from: evening } },
  contact(night),
  bought(night),
  { type: 'deal-opened', at: night, data: { dealId: 'd', stage: 'lead', funnelVersion: 1 } },
  {
    type: 'contact-planned',
    at: night,
    data: { contactId: 'p', channel: 'phone', direction: 'outbound', purpose: 'service', plannedFor: '2026-04-01T22:30:00.000Z' },
  },
];

describe.each([
  ['UTC', '2026-03-31'],
  ['Europe/Berlin', '2026-04-01'],
  ['America/New_York', '2026-03-31'],
  ['Asia/Kolkata', '2026-04-01'],
])('of a night in March the views of a company in %s', (zone, day) => {
  const month = day.slice(0, 7);

  it('count all that happened on its day there, and in its month', async () => {
    const context = await asked(zone, late);
    const daysOf = async (view: string, measure: string) => (await datedSumsOfMeasure(context, view, measure, {})).map((sum) => sum.day);
    expect(await daysOf('churn', 'contacts')).toEqual([day]);
    expect(await daysOf('churn', 'revenue')).toEqual([day]);
    expect(await daysOf('churn', 'purchase-days')).toEqual([day]);
    expect(await daysOf('desk', 'contact')).toEqual([day]);
    expect(await daysOf('funnel', 'opened')).toEqual([day]);
    expect(await daysOf('ladder', 'move')).toEqual([day]);
    const [cohort] = await sumsOfMeasure(context, 'churn', 'first-purchases', {});
    const [covered] = await sumsOfMeasure(context, 'desk', 'covered', {});
    const [entered] = await sumsOfMeasure(context, 'funnel', 'entered', {});
    expect([cohort?.series.cohort, covered?.series.month, entered?.series.cohort]).toEqual([month, month, month]);
    const churn = await churnOf(context, { customerId: 'anna' });
    expect(churn?.figures?.buying).toMatchObject({ firstDay: day, lastDay: day });
    expect(churn?.figures?.silence?.lastContactDay).toBe(day);
  });

  it('take a bare date for the day there, and say in which zone', async () => {
    const context = await asked(zone, late);
    for (const asOf of ['2026-03-31', '2026-04-01']) {
      const { purchases, zone: named, policies } = await churnSummary(context, { asOf });
      expect([asOf, purchases.amount]).toEqual([asOf, day <= asOf ? 1 : 0]);
      expect([named, policies.company]).toEqual(zone === 'UTC' ? [undefined, undefined] : [zone, 2]);
    }
    const { moves } = await ladderMoves(context, { from: '2026-03-31', to: '2026-04-30' });
    expect(moves.length).toBe(day === '2026-04-01' ? 1 : 0);
    const entries = await timeline(context, { customerId: 'anna', to: '2026-03-31' });
    expect(entries?.entries.some(({ type }) => type === 'contact-recorded')).toBe(day === '2026-03-31');
    const { contributors } = await eventsBehind(context, { view: 'churn', series: `measure=purchases|days=${day}..${day}|` });
    expect(contributors).toEqual([expect.objectContaining({ customerId: 'anna', amount: 1 })]);
  });

  it('plan a day of the desk from midnight to midnight there', async () => {
    const context = await asked(zone, late);
    const next = day === '2026-04-01' ? '2026-04-02' : '2026-04-01';
    for (const date of ['2026-04-01', '2026-04-02'])
      expect([date, (await desk(context, { curatorId: 'maria', date })).plan.map(({ id }) => id)]).toEqual([
        date,
        date === next ? ['p'] : [],
      ]);
    const { from, to, curators } = await supervisorDesk(context, { asOf: '2026-03-31T22:45:00.000Z' });
    expect([from, to, curators.reduce((sum, { contacts }) => sum + contacts.amount, 0)]).toEqual([day, day, 1]);
  });
});

describe('a company in Berlin', () => {
  it.each([
    ['an hour apart, with midnight between them', '2025-03-28T22:30:00.000Z', '2025-03-28T23:30:00.000Z', 'client'],
    ['23 hours apart, on the day that has no more', '2025-03-29T23:00:00.000Z', '2025-03-30T21:59:59.999Z', 'purchaser'],
    ['23 hours apart, from its beginning to its end', '2025-03-29T23:00:00.000Z', '2025-03-30T22:00:00.000Z', 'client'],
    ['24 hours apart, on the day that has 25', '2025-10-25T22:00:00.000Z', '2025-10-26T22:59:59.999Z', 'purchaser'],
    ['25 hours apart, from its beginning to its end', '2025-10-25T22:00:00.000Z', '2025-10-26T23:00:00.000Z', 'client'],
  ])('counts purchase days of its zone: two purchases %s', async (_, first, second, rung) => {
    const context = await asked('Europe/Berlin', [registered('2025-01-01T10:00:00.000Z'), bought(first), bought(second)]);
    expect((await ladderOf(context, { customerId: 'anna', asOf: '2026-01-01' }))?.rung).toBe(rung);
  });

  it('sees a client lapse at midnight, and the next rung days later at midnight, though clocks were changed', async () => {
    const story = [registered('2025-01-01T10:00:00.000Z'), bought('2025-02-10T10:00:00.000Z'), bought('2025-03-05T10:00:00.000Z')];
    const recommended = { type: 'recommendation-made', at: '2025-03-06T10:00:00.000Z', data: { recommendationId: 'r' } };
    const answered = { type: 'satisfaction-answered', at: '2025-03-06T10:00:00.000Z', data: { answerId: 'a', metric: 'csat', score: 5 } };
    const context = await asked('Europe/Berlin', [...story, answered, recommended]);
    const { steps } = (await ladderOf(context, { customerId: 'anna', asOf: '2025-04-01' }))!;
    expect(steps.map(({ from, rung }) => [from, rung]).slice(-3)).toEqual([
      ['2026-03-05T23:00:00.000Z', 'supporter'],
      ['2026-06-03T22:00:00.000Z', 'client'],
      ['2026-09-01T22:00:00.000Z', 'purchaser'],
    ]);
  });

  it('learns of an event, and of its retraction, on the day there', async () => {
    const met = contact('2026-03-01T10:00:00.000Z', { id: 'met', known: '2026-04-02T22:30:00.000Z' });
    const taken = { type: 'event-retracted', at: '2026-04-05T22:30:00.000Z', data: { eventId: 'met', reason: 'wrong' } };
    const context = await asked('Europe/Berlin', [registered('2026-01-01T10:00:00.000Z'), met, taken]);
    const known = async (knownAt: string) => (await sumsOfMeasure(context, 'churn', 'contacts', { knownAt }))[0]?.amount ?? 0;
    const days = ['2026-04-02', '2026-04-03', '2026-04-05', '2026-04-06'];
    expect(await Promise.all(days.map(known))).toEqual([0, 1, 1, 0]);
  });

  it('answers from the log as from its view, as of a day there', async () => {
    const context = await asked('Europe/Berlin', late);
    const at = async (asOf: string) => (await customerCard(context, { customerId: 'anna', asOf }))?.contacts;
    expect([await at('2026-03-31'), await at('2026-04-01')]).toEqual([0, 1]);
  });
});

it('a day that begins at one o’clock begins there: Brazil in 2018', async () => {
  const story = [registered('2018-01-01T10:00:00.000Z'), bought('2018-11-04T02:59:59.999Z'), bought('2018-11-04T03:00:00.000Z')];
  const context = await asked('America/Sao_Paulo', story);
  expect((await datedSumsOfMeasure(context, 'churn', 'purchases', {})).map(({ day }) => day)).toEqual(['2018-11-03', '2018-11-04']);
});

describe('the country of a company', () => {
  const story = [
    registered('2026-01-01T10:00:00.000Z'),
    { type: 'customer-identifier-added', at: '2026-01-02T10:00:00.000Z', data: { kind: 'phone', value: '030 901820' } },
  ];

  it('is that of phone numbers that name none: the card shows it, and each way of writing it finds the customer', async () => {
    const context = await builtViews(projections, [storyOf('anna', story)], { now, policies: inZone('UTC', 'DE') });
    const card = await customerCard(context, { customerId: 'anna' });
    expect(card?.identifiers).toEqual([expect.objectContaining({ value: '030 901820', e164: '+4930901820' })]);
    for (const identifier of ['+49 30 901820', '030/90 18 20', '0049 30 901820'])
      expect([identifier, (await findCustomers(context, { identifier })).customers.length]).toEqual([identifier, 1]);
  });

  it('is none where the policy names none, or one without phone numbers', async () => {
    for (const country of [undefined, 'AQ']) {
      const context = await builtViews(projections, [storyOf('anna', story)], { now, policies: inZone('UTC', country) });
      expect((await customerCard(context, { customerId: 'anna' }))?.identifiers[0]).not.toHaveProperty('e164');
      expect((await findCustomers(context, { identifier: '030 90 18 20' })).customers.length).toBe(1);
    }
  });
});

describe('publishing a zone', () => {
  const published = (zone: string, version: number) =>
    newEvent({
      type: 'policy-published',
      recordedAt: now,
      data: { name: 'company', version, effectiveFrom: '0000-01-01T00:00:00.000Z', document: { zone } },
    });
  const rig = async () => {
    const log = memoryLog();
    const store = createMemoryReadModels();
    for (const { stream, revision: _, position: __, hash: ___, ...event } of storyOf('anna', late))
      await appendAtHead(log, stream, [event]);
    let policies = defaultPolicies;
    const brought = async () => {
      const projector = createProjector({ log, store, projections, policies: { initial: defaultPolicies, apply: applyPolicyEvent } });
      await projector.start();
      await projector.settled();
      await projector.stop();
    };
    const publish = async (zone: string) => {
      const event = published(zone, policies.company.length + 1);
      await appendAtHead(log, 'policy-company', [event]);
      policies = applyPolicyEvent(policies, event);
    };
    const summary = () => {
      const reader = createViewReader(store);
      return underPoliciesOf(
        reader,
        ['churn'],
        () => policies,
        (known) => churnSummary({ reader, log, policies: known, now }, { asOf: '2026-03-31' }),
      );
    };
    return { log, store, brought, publish, summary };
  };

  it('rebuilds the views; until then answers are by the days of the build that answers', async () => {
    const { store, brought, publish, summary } = await rig();
    await brought();
    await publish('Europe/Berlin');
    expect(await summary()).toMatchObject({ asOf: '2026-03-31T23:59:59.999Z', purchases: { amount: 1 } });
    await brought();
    expect(await summary()).toMatchObject({ asOf: '2026-03-31T21:59:59.999Z', zone: 'Europe/Berlin', purchases: { amount: 0 } });
    await publish('America/New_York');
    expect(await summary()).toMatchObject({ zone: 'Europe/Berlin', purchases: { amount: 0 }, policies: { company: 2 } });
    await brought();
    expect(await summary()).toMatchObject({ zone: 'America/New_York', purchases: { amount: 1 }, policies: { company: 3 } });
    for (const { name } of projections as readonly Projection[]) expect((await readAlias(store, name)).current?.generation).toBe(3);
  });

  it('does not start where this runtime does not know the zone, and says which; a running one logs it and keeps its views', async () => {
    const { log, store, brought, publish, summary } = await rig();
    await brought();
    const errors: object[] = [];
    const logger = { info: () => undefined, warn: () => undefined, error: (fields: object) => void errors.push(fields) };
    const projector = createProjector({ log, store, logger, projections, policies: { initial: defaultPolicies, apply: applyPolicyEvent } });
    await projector.start();
    await publish('Mars/Olympus');
    while (errors.length === 0) await nextTurn();
    await projector.stop();
    const message = `the time zone Mars/Olympus of the company is unknown to this Node.js, whose time zone database is ${process.versions.tz}`;
    expect(errors[0]).toMatchObject({ error: 'UnknownTimeZone', reason: expect.stringContaining(message) });
    expect(await summary()).toMatchObject({ purchases: { amount: 1 } });
    await expect(brought()).rejects.toThrow(message);
  });

  it('names the time zone database that the days of a build are by: under another one it is built again', async () => {
    const { store, brought, publish } = await rig();
    await brought();
    expect((await readAlias(store, 'churn')).current).not.toHaveProperty('tz');
    await publish('Europe/Berlin');
    await brought();
    const alias = await readAlias(store, 'churn');
    expect(alias.current).toMatchObject({ generation: 2, tz: process.versions.tz });
    await brought();
    expect((await readAlias(store, 'churn')).current!.generation).toBe(2);
    await writeAlias(store, 'churn', { ...alias, current: { ...alias.current!, tz: '2007a' } });
    await brought();
    expect((await readAlias(store, 'churn')).current).toMatchObject({ generation: 3, tz: process.versions.tz });
  });
});
