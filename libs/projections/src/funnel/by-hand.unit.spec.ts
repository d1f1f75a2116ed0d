import { defaultPolicies } from '#relationship';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { calendarIn } from '../calendar.js';
import { contributionsOf } from '../derived.js';
import { foldCustomer } from '../fold.js';
import { dealRowOf } from './deal-row.js';
import { durationsOf } from './durations.js';
import { funnelProjection } from './projection.js';

const folded = (story: readonly StoryEvent[]) => foldCustomer(funnelProjection, storyOf('anna', story))!;
const deal = (story: readonly StoryEvent[]) => {
  const document = folded(story);
  return { ...document, ...document.deals[0]![0]! };
};
const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}`;
const at = (n: number) => `${day(n)}T00:00:00.000Z`;
const usd = (minor: number) => ({ minor, currency: 'USD' });
const event = (type: string, n: number, data: object): StoryEvent => ({
  type,
  at: day(n),
  id: `${type}-${n}`,
  data: { dealId: 'd', ...data },
});
const opened = (n: number, data: object = {}) => event('deal-opened', n, { funnelVersion: 1, stage: 'lead', ...data });
const entered = (n: number, stage: string) => event('deal-stage-entered', n, { from: '?', stage });
const won = (n: number, minor = 100, data: object = {}) => event('deal-won', n, { from: '?', amount: usd(minor), ...data });
const lost = (n: number, data: object = {}) => event('deal-lost', n, { reason: 'price', reasonsVersion: 1, stage: 'lead', ...data });
const reopened = (n: number, stage: string) => event('deal-reopened', n, { stage });

/** Of the measures of the company as a whole: name, stage, how it was left, day, amount and event. */
const counted = (story: readonly StoryEvent[], ...measures: readonly string[]) =>
  contributionsOf(funnelProjection, folded(story), defaultPolicies)
    .filter(({ series }) => measures.includes(series.measure!))
    .map(({ series: { measure, stage, how }, day, amount, events }) => [
      [measure, stage, how].filter((each) => each !== undefined).join(' '),
      day,
      amount,
      ...events,
    ]);

describe('how deals moved on, by hand', () => {
  it('is counted where the deal first moved further, or was won', () => {
    const story = [opened(1), entered(3, 'proposal'), entered(4, 'lead'), won(5)];
    expect(counted(story, 'left', 'moved-on-later')).toEqual([
      ['left lead on', day(3), 1, 'deal-stage-entered-3'],
      ['left proposal back', day(4), 1, 'deal-stage-entered-4'],
      ['left lead again', day(5), 1, 'deal-won-5'],
      ['moved-on-later proposal', day(5), 1, 'deal-won-5'],
    ]);
    expect(counted([opened(1), won(5), reopened(7, 'proposal')], 'left', 'moved-on-later')).toEqual([
      ['left lead on', day(5), 1, 'deal-won-5'],
    ]);
    expect(counted([opened(1), lost(5), reopened(7, 'lead'), entered(9, 'proposal')], 'left', 'moved-on-later')).toEqual([
      ['left lead lost', day(5), 1, 'deal-lost-5'],
      ['left lead on', day(9), 1, 'deal-stage-entered-9'],
    ]);
    // A stage that was entered after the win was taken back has not been moved on from.
    expect(counted([opened(1), won(5), reopened(7, 'lead'), entered(8, 'qualified')], 'moved-on-later', 'stage-won')).toEqual([
      ['stage-won lead', day(5), 1, 'deal-won-5'],
      ['stage-won lead', day(7), -1, 'deal-reopened-7'],
    ]);
    expect(counted([opened(1), lost(5), reopened(7, 'lead')], 'stage-lost')).toEqual([
      ['stage-lost lead', day(5), 1, 'deal-lost-5'],
      ['stage-lost lead', day(7), -1, 'deal-reopened-7'],
    ]);
  });

  it('says of no stage that it was passed over by a deal in one that the funnel does not know', () => {
    expect(counted([opened(1, { stage: 'elsewhere' })], 'passed-over')).toEqual([]);
    expect(counted([opened(1, { stage: 'qualified' })], 'passed-over')).toEqual([['passed-over lead', day(1), 1, 'deal-opened-1']]);
  });

  it('counts a stay that the clocks ended before it began, and none that ended as it began', () => {
    expect(counted([opened(6), { ...won(4), known: day(8) }], 'left-before', 'left-ms', 'won-before-opened')).toEqual([
      ['left-before lead', day(6), 1, 'deal-won-4'],
      ['left-ms lead', day(6), 0, 'deal-won-4'],
      ['won-before-opened', day(6), 1, 'deal-won-4'],
    ]);
    const atOnce = [opened(6), won(6)];
    expect(counted(atOnce, 'left-before', 'won-before-opened')).toEqual([]);
    expect(durationsOf(deal(atOnce).dealEvents, calendarIn('UTC')).map(({ stage, millis }) => [stage, millis])).toEqual([
      ['lead', 0],
      [undefined, 0],
    ]);
    expect(dealRowOf(deal(atOnce))).toMatchObject({ daysToWin: 0, wonBeforeOpened: false });
  });
});

describe('the money of deals, by hand', () => {
  it('adds nothing for nothing', () => {
    const nothing = { expectedValue: usd(0) };
    expect(counted([opened(1, nothing), entered(3, 'proposal'), won(5, 0, { cost: usd(0) })], 'value', 'won-amount', 'cost')).toEqual([]);
    expect(counted([opened(1, nothing), lost(5, { value: usd(0) })], 'lost-value', 'losses')).toEqual([
      ['losses lead', day(5), 1, 'deal-lost-5'],
    ]);
    expect(counted([opened(1), won(5)], 'losses', 'lost-value')).toEqual([]);
  });

  it('lost is what was expected then, and stays lost when the deal is reopened, beside what was undone', () => {
    const story = [opened(1), lost(5, { value: usd(80) }), reopened(7, 'lead')];
    expect(counted(story, 'losses', 'losses-undone', 'lost-value', 'lost-value-undone')).toEqual([
      ['losses lead', day(5), 1, 'deal-lost-5'],
      ['lost-value lead', day(5), 80, 'deal-lost-5'],
      ['losses-undone lead', day(7), 1, 'deal-reopened-7'],
      ['lost-value-undone lead', day(7), 80, 'deal-reopened-7'],
    ]);
  });
});

describe('the row of a deal, by hand', () => {
  it('says all that became of it', () => {
    const story = [
      opened(1, { expectedValue: usd(500), labels: { region: 'north' } }),
      lost(3),
      reopened(5, 'lead'),
      entered(7, 'proposal'),
      won(9, 800, { cost: usd(300) }),
    ];
    expect(dealRowOf(deal(story))).toEqual({
      dealId: 'd',
      customerId: 'anna',
      stage: 'proposal',
      stageSince: at(7),
      status: 'won',
      curatorId: null,
      source: null,
      segment: null,
      openedAt: at(1),
      closedAt: at(9),
      expectedValue: usd(500),
      wonAmount: 800,
      cost: 300,
      currency: 'USD',
      reason: null,
      daysToWin: 8,
      wonBeforeOpened: false,
      reopenings: 1,
      labels: { region: 'north' },
      stays: [
        { stage: 'lead', from: at(1), until: at(3), curatorId: null, event: 'deal-opened-1' },
        { stage: 'lead', from: at(5), until: at(7), curatorId: null, event: 'deal-reopened-5' },
        { stage: 'proposal', from: at(7), until: at(9), curatorId: null, event: 'deal-stage-entered-7' },
      ],
      events: story.map(({ id }) => id),
    });
    expect(dealRowOf(deal(story.slice(0, 2)))).toMatchObject({
      status: 'lost',
      reason: 'price',
      cost: null,
      wonAmount: null,
      currency: 'USD',
      daysToWin: null,
      wonBeforeOpened: false,
      reopenings: 0,
    });
    expect(dealRowOf(deal([opened(1)]))).toMatchObject({ status: 'open', currency: null, expectedValue: null, labels: {}, closedAt: null });
  });
});
