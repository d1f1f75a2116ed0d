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
      by: Type.Array(oneOf(dimensions), { description: 'The requested dimensions.' }),
      losses: count('All losses, including reopened ones.'),
      standing: count('Losses that were not reopened.'),
      series: strict({ losses: series(), standing: series() }),
      groups: Type.Array(
        strict({
          key: strict(
            { reason: dimension(), stage: dimension(), curator: dimension(), source: dimension(), segment: dimension() },
            'The requested dimensions; null if not recorded.',
          ),
          losses: count('All losses, including reopened ones.'),
          standing: count('Losses that were not reopened.'),
          lostValue: Type.Array(moneySum, { description: 'Expected value at the loss, by currency.' }),
          standingValue: Type.Array(moneySum, { description: 'Expected value of the losses that were not reopened, by currency.' }),
          share: share('Of all losses in the answer.'),
          series: strict({ losses: series(), standing: series(), lostValue: series(), standingValue: series() }),
        }),
        { description: 'Most losses first. By reason alone, reasons of the dictionary without a loss are listed too.' },
      ),
    }),
  ),
);
