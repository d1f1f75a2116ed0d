import { builtViews } from '#testing/built-views.js';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { eventsBehind } from '../drill-down.js';
import type { Money } from '../money.js';
import type { Projection } from '../projection.js';
import type { QueryContext } from '../view-reader.js';
import { funnelProjection } from './projection.js';
import { funnel } from './query.js';

const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}`;
const eur = (minor: number): Money => ({ minor, currency: 'EUR' });
const usd = (minor: number): Money => ({ minor, currency: 'USD' });
const event = (type: string, n: number, data: object): StoryEvent => ({ type, at: day(n), data: { dealId: 'd', ...data } });
const opened = (n: number, expectedValue?: Money) =>
  event('deal-opened', n, { funnelVersion: 1, stage: 'lead', ...(expectedValue && { expectedValue }) });
const entered = (n: number, stage: string) => event('deal-stage-entered', n, { from: '?', stage });
const won = (n: number, amount: Money, cost?: Money) => event('deal-won', n, { from: '?', amount, ...(cost && { cost }) });
const lost = (n: number) => event('deal-lost', n, { reason: 'price', reasonsVersion: 1, stage: 'lead' });
const reopened = (n: number, stage: string) => event('deal-reopened', n, { stage });

describe('a funnel of six deals, by hand', () => {
  let context: QueryContext;
  beforeAll(async () => {
    const stories = {
      there: [opened(1), entered(3, 'proposal'), entered(4, 'lead'), entered(9, 'proposal'), won(11, eur(300), eur(100))],
      lost: [opened(1, eur(0)), lost(6)],
      again: [opened(2, eur(20)), lost(5), reopened(8, 'proposal')],
      open: [opened(10, eur(10))],
      early: [opened(5), { ...won(3, usd(50)), known: day(6) }],
      back: [opened(1, usd(5)), won(5, usd(70)), reopened(7, 'lead')],
    };
    context = await builtViews(
      [funnelProjection] as readonly Projection[],
      Object.entries(stories).map(([id, story]) => storyOf(id, story)),
      { now: '2026-03-01T00:00:00.000Z' },
    );
  });

  it('says what became of the deals of each stage, how their stays ended and how long they took', async () => {
    const { stages, overall } = await funnel(context);
    expect(stages.map(({ series: _, ...numbers }) => numbers).slice(0, 3)).toEqual([
      {
        stage: 'lead',
        inStage: 2,
        value: [eur(10), usd(5)],
        entered: 6,
        // Further on: one by a stage, two by a win, one when it was reopened in a later stage.
        movedOn: 4,
        won: 2,
        lost: 1,
        open: 3,
        conversionToNext: 4 / 6,
        winRate: 2 / 6,
        closeRate: 2 / 3,
        staysEnded: { on: 3, lost: 2, back: 0, again: 1 },
        meanDays: (2 + 5 + 5 + 3 + 0 + 4) / 6,
        reachedAtLeast: 6,
      },
      {
        stage: 'qualified',
        inStage: 0,
        value: [],
        entered: 0,
        movedOn: 0,
        won: 0,
        lost: 0,
        open: 0,
        conversionToNext: null,
        winRate: null,
        closeRate: null,
        staysEnded: { on: 0, lost: 0, back: 0, again: 0 },
        meanDays: null,
        reachedAtLeast: 3,
      },
      {
        stage: 'proposal',
        inStage: 1,
        value: [eur(20)],
        entered: 2,
        movedOn: 1,
        won: 1,
        lost: 0,
        open: 1,
        conversionToNext: 0.5,
        winRate: 0.5,
        closeRate: 1,
        staysEnded: { on: 1, lost: 0, back: 1, again: 0 },
        meanDays: (1 + 2) / 2,
        reachedAtLeast: 3,
      },
    ]);
    expect(stages.slice(3).map(({ stage, entered, reachedAtLeast }) => [stage, entered, reachedAtLeast])).toEqual([
      ['negotiation', 0, 2],
      ['contract', 0, 2],
    ]);
    const { series: _, ...numbers } = overall;
    expect(numbers).toEqual({
      opened: 6,
      converted: 2,
      won: 2,
      lost: 1,
      winRate: 2 / 6,
      closeRate: 2 / 3,
      wonAmount: [eur(300), usd(50)],
      cost: [eur(100)],
      meanDaysToWin: (10 + 0) / 2,
      wonBeforeOpened: 1,
    });
  });

  it('has won what was not reopened yet', async () => {
    const { stages, overall } = await funnel(context, { asOf: day(6) });
    expect(stages[0]).toMatchObject({ entered: 5, won: 2, lost: 2, movedOn: 3 });
    expect(overall).toMatchObject({ opened: 5, converted: 2, won: 2, lost: 2, wonAmount: [usd(120)], meanDaysToWin: (4 + 0) / 2 });
    expect((await funnel(context, { asOf: '2025-12-31' })).overall).toMatchObject({
      opened: 0,
      winRate: null,
      closeRate: null,
      meanDaysToWin: null,
    });
  });

  it('names behind each number the events that come to it', async () => {
    const { stages, overall } = await funnel(context);
    const behind = async (series: string) =>
      (await eventsBehind(context, { view: 'funnel', series })).contributors.reduce((sum, { amount }) => sum + amount, 0);
    const minor = (money: readonly Money[]) => money.reduce((sum, each) => sum + each.minor, 0);
    const millis = (days: number | null, count: number) => Math.round((days ?? 0) * count * 86_400_000);
    for (const { series, staysEnded, ...numbers } of stages) {
      for (const name of ['entered', 'movedOn', 'won', 'lost', 'open', 'inStage', 'reachedAtLeast'] as const)
        expect([numbers.stage, name, await behind(series[name])]).toEqual([numbers.stage, name, numbers[name]]);
      for (const how of ['on', 'lost', 'back', 'again'] as const) expect(await behind(series.staysEnded[how])).toBe(staysEnded[how]);
      expect(await behind(series.value)).toBe(minor(numbers.value));
      const { on, lost, back, again } = staysEnded;
      expect(await behind(series.meanDays)).toBe(millis(numbers.meanDays, on + lost + back + again));
    }
    const { series } = overall;
    for (const name of ['opened', 'converted', 'won', 'lost', 'wonBeforeOpened'] as const)
      expect(await behind(series[name])).toBe(overall[name]);
    for (const name of ['wonAmount', 'cost'] as const) expect(await behind(series[name])).toBe(minor(overall[name]));
    expect(await behind(series.meanDaysToWin)).toBe(millis(overall.meanDaysToWin, overall.won));
  });
});

describe('a deal that comes back to a stage under another curator', () => {
  it('is in the stage with whoever has it now', async () => {
    const assigned = (n: number, curatorId: string): StoryEvent => ({
      type: 'curator-assigned',
      at: day(n),
      data: { curatorId, from: `${day(n)}T00:00:00.000Z` },
    });
    const story = [assigned(1, 'maria'), opened(1, eur(10)), entered(3, 'proposal'), assigned(4, 'oleg'), entered(5, 'lead')];
    const context = await builtViews([funnelProjection] as readonly Projection[], [storyOf('anna', story)], {
      now: '2026-03-01T00:00:00.000Z',
    });
    const shown = async (asOf: string) =>
      (await funnel(context, { by: 'curator', asOf })).groups!.map(({ key, stages }) => [
        key,
        ...stages.flatMap(({ stage, inStage, value, entered }) => (entered || inStage ? [[stage, inStage, entered, value]] : [])),
      ]);
    expect(await shown(day(3))).toEqual([['maria', ['lead', 0, 1, []], ['proposal', 1, 1, [eur(10)]]]]);
    expect(await shown(day(4))).toEqual([
      ['maria', ['lead', 0, 1, []], ['proposal', 0, 1, []]],
      ['oleg', ['proposal', 1, 0, [eur(10)]]],
    ]);
    expect(await shown(day(6))).toEqual([
      ['maria', ['lead', 0, 1, []], ['proposal', 0, 1, []]],
      ['oleg', ['lead', 1, 0, [eur(10)]]],
    ]);
  });
});
