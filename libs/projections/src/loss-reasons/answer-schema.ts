import { Type } from 'typebox';
import { answerTimes, count, describing, moneySum, named, oneOf, orNull, series, share, strict, text } from '../answer-schema.js';
import type { LossReasonsAnswer } from './query.js';

const dimensions = ['reason', 'stage', 'curator', 'source', 'segment'] as const;
const dimension = () => Type.Optional(orNull(text()));

export const lossReasonsSchema = named(
  'LossReasons',
  describing<LossReasonsAnswer>()(
    strict({
      ...answerTimes,
      by: Type.Array(oneOf(dimensions), { description: 'The dimensions asked for.' }),
      losses: count('All losses, reopened ones too.'),
      standing: count('Losses less those taken back by a reopening.'),
      series: strict({ losses: series(), standing: series() }),
      groups: Type.Array(
        strict({
          key: strict(
            { reason: dimension(), stage: dimension(), curator: dimension(), source: dimension(), segment: dimension() },
            'The dimensions asked for; null where it was not given.',
          ),
          losses: count('All losses, reopened ones too.'),
          standing: count('Losses less those taken back by a reopening.'),
          lostValue: Type.Array(moneySum, { description: 'Expected value at the loss, by currency.' }),
          standingValue: Type.Array(moneySum, { description: 'Expected value of the losses that stand, by currency.' }),
          share: share('Of all losses in the answer.'),
          series: strict({ losses: series(), standing: series(), lostValue: series(), standingValue: series() }),
        }),
        { description: 'Most losses first. By reason alone, reasons of the dictionary without a loss are listed too.' },
      ),
    }),
  ),
);
