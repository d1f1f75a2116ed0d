import { Type } from 'typebox';
import {
  answerTimes,
  by,
  count,
  curatorId,
  customerId,
  describing,
  eventId,
  eventIds,
  flag,
  id,
  instant,
  minor,
  money,
  moneySum,
  month,
  named,
  number,
  oneOf,
  orNull,
  series,
  share,
  strict,
  text,
  total,
  whole,
} from '../answer-schema.js';
import type { FunnelCohortsAnswer } from './cohorts-query.js';
import type { ConversionAnswer, ConversionDimension } from './conversion-query.js';
import type { DealsAnswer } from './deals-query.js';
import type { DurationsAnswer } from './durations-query.js';
import type { FunnelAnswer } from './funnel-query.js';
import type { LossReasonsAnswer } from './loss-reasons-query.js';

const flow = {
  entered: count('Deals that ever entered the stage.'),
  movedOn: count('Of them, those that later entered a later stage or were won.'),
  won: count(),
  lost: count(),
  open: whole('Neither won nor lost.'),
  conversionToNext: share('`movedOn` of `entered`.'),
  winRate: share('`won` of `entered`: open deals are in the denominator.'),
  closeRate: share('`won` of `won` and `lost`.'),
  staysEnded: strict(
    {
      on: count('to a later stage'),
      lost: count('by the loss of the deal'),
      back: count('to an earlier stage'),
      again: count('to the same stage'),
    },
    'Number of stage intervals that ended, by outcome.',
  ),
  meanDays: orNull(number('Mean duration of the stage intervals that ended, in fractional days of 24 hours.')),
};

const stage = {
  stage: text('Name of the stage.'),
  inStage: count('Open deals that are in it.'),
  value: Type.Array(moneySum, { description: 'Their expected value by currency.' }),
  ...flow,
};

const outcome = {
  opened: count('Deals that were opened.'),
  converted: count('Of those opened here, the ones that were won, whoever was responsible at the end.'),
  won: count(),
  lost: count(),
  winRate: share('`converted` of `opened`.'),
  closeRate: share('`won` of `won` and `lost`.'),
  wonAmount: Type.Array(moneySum, { description: 'What was won, by currency.' }),
  cost: Type.Array(moneySum, { description: 'What it cost, by currency.' }),
  meanDaysToWin: orNull(number('Opening to win, in fractional days of 24 hours.')),
  wonBeforeOpened: count('Deals won before their opening; they count with duration 0.'),
};

const seriesOf = <const Name extends string>(...names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, series()])) as Record<Name, ReturnType<typeof series>>;
const BY_NUMBER = 'By name of the number: series of the events behind it, `GET /views/funnel/events?series=…`.';

const flowSeries = {
  ...seriesOf('entered', 'movedOn', 'won', 'lost', 'open', 'meanDays'),
  staysEnded: strict(seriesOf('on', 'lost', 'back', 'again')),
};
const stageSeries = { ...flowSeries, ...seriesOf('inStage', 'value') };
const outcomeSeries = strict(
  seriesOf('opened', 'converted', 'won', 'lost', 'wonAmount', 'cost', 'meanDaysToWin', 'wonBeforeOpened'),
  BY_NUMBER,
);

const outcomes = named('DealOutcomes', strict({ ...outcome, series: outcomeSeries }));

export const funnelSchema = named(
  'Funnel',
  describing<FunnelAnswer>()(
    strict({
      ...answerTimes,
      stages: Type.Array(
        named(
          'FunnelStage',
          strict({
            ...stage,
            reachedAtLeast: count('Deals that entered it or a later stage of their funnel; won deals count in all.'),
            series: strict({ ...stageSeries, ...seriesOf('reachedAtLeast') }, BY_NUMBER),
          }),
        ),
        { description: 'In the order of the funnel.' },
      ),
      overall: outcomes,
      groups: Type.Optional(
        Type.Array(
          strict({
            key: orNull(text('Curator, source or segment; null for deals without one.')),
            stages: Type.Array(strict({ ...stage, series: strict(stageSeries, BY_NUMBER) })),
            overall: outcomes,
          }),
          { description: 'Only with `by`.' },
        ),
      ),
    }),
  ),
);

export const funnelCohortsSchema = named(
  'FunnelCohorts',
  describing<FunnelCohortsAnswer>()(
    strict({
      ...answerTimes,
      cohorts: Type.Array(
        strict({
          cohort: month('Month in which the deals first entered the stage,'),
          stage: text('Name of the stage.'),
          ...flow,
          series: strict(flowSeries, BY_NUMBER),
        }),
        { description: 'By month, then in the order of the funnel.' },
      ),
    }),
  ),
);

export const conversionSchema = named(
  'FunnelConversion',
  describing<ConversionAnswer>()(
    strict({
      ...answerTimes,
      dimension: Type.Unsafe<ConversionDimension>({ type: 'string', description: '`curator`, `source`, `segment` or `label:<name>`.' }),
      groups: Type.Array(strict({ key: orNull(text('Null for deals without one.')), ...outcome, series: outcomeSeries }), {
        description: 'Most deals first.',
      }),
      overall: outcomes,
    }),
  ),
);

const broken = (description: string) => orNull(number(`${description} Fractional days of 24 hours; null if there is nothing.`));

export const durationsSchema = named(
  'DealDurations',
  describing<DurationsAnswer>()(
    strict({
      ...answerTimes,
      stage: orNull(text('Intervals in this stage; null: from opening to win.')),
      count: count('Number of durations.'),
      mean: broken('Mean.'),
      lowerQuartile: broken('A quarter is shorter.'),
      median: broken('Half is shorter.'),
      upperQuartile: broken('Three quarters are shorter.'),
      min: broken('The shortest.'),
      max: broken('The longest.'),
      negative: count('Of them: deals won before they were opened, intervals that end before they start. They count with duration 0.'),
      series: strict(seriesOf('count', 'negative'), BY_NUMBER),
    }),
  ),
);

export const dealsSchema = named(
  'Deals',
  describing<Omit<DealsAnswer, 'next'>>()(
    strict({
      ...answerTimes,
      total: total('Deals'),
      deals: Type.Array(
        named(
          'Deal',
          strict({
            dealId: id(),
            customerId: customerId(),
            stage: orNull(text('Of a closed deal the last stage.')),
            stageSince: orNull(instant()),
            status: oneOf(['open', 'won', 'lost']),
            curatorId: orNull(curatorId('At the end of a closed deal, else now.')),
            source: orNull(text('Acquisition source, of the customer at the end of a closed deal, else now.')),
            segment: orNull(text('Of the customer, at the end of a closed deal, else now.')),
            openedAt: orNull(instant()),
            closedAt: orNull(instant()),
            expectedValue: orNull(money),
            wonAmount: orNull(minor('Null unless won.')),
            cost: orNull(minor('Null unless won and known.')),
            currency: orNull(text('ISO 4217 code of `wonAmount` and `cost`.')),
            reason: orNull(text('Why it was lost.')),
            daysToWin: orNull(number('Opening to win, in fractional days of 24 hours; negative for a deal won before it was opened.')),
            wonBeforeOpened: flag(),
            reopenings: count('Number of reopenings.'),
            labels: by('Labels that the deal was opened with, by name.', text()),
            stays: Type.Array(
              strict({
                stage: text(),
                from: instant(),
                until: orNull(instant('Null while it is current.')),
                curatorId: orNull(curatorId()),
                event: eventId(),
              }),
              { description: 'Stage intervals, in order of time.' },
            ),
            events: eventIds('Ids of all events of the deal.'),
          }),
        ),
        { description: 'Newest first.' },
      ),
    }),
  ),
);

const lossDimensions = ['reason', 'stage', 'curator', 'source', 'segment'] as const;
const lossDimension = () => Type.Optional(orNull(text()));

export const lossReasonsSchema = named(
  'LossReasons',
  describing<LossReasonsAnswer>()(
    strict({
      ...answerTimes,
      by: Type.Array(oneOf(lossDimensions), { description: 'The requested dimensions.' }),
      losses: count('All losses, including reopened ones.'),
      notReopened: count('Losses that were not reopened.'),
      series: strict({ losses: series(), notReopened: series() }),
      groups: Type.Array(
        strict({
          key: strict(
            {
              reason: lossDimension(),
              stage: lossDimension(),
              curator: lossDimension(),
              source: lossDimension(),
              segment: lossDimension(),
            },
            'The requested dimensions; null if not recorded.',
          ),
          losses: count('All losses, including reopened ones.'),
          notReopened: count('Losses that were not reopened.'),
          lostValue: Type.Array(moneySum, { description: 'Expected value at the loss, by currency.' }),
          notReopenedValue: Type.Array(moneySum, { description: 'Expected value of the losses that were not reopened, by currency.' }),
          share: share('Of all losses in the answer.'),
          series: strict({ losses: series(), notReopened: series(), lostValue: series(), notReopenedValue: series() }),
        }),
        { description: 'Most losses first. By reason alone, reasons of the dictionary without a loss are listed too.' },
      ),
    }),
  ),
);
