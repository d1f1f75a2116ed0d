import type { Measures } from '../projection.js';
import type { Emit } from '../shared/contributing.js';
import type { DealHistory } from '../shared/deal-history.js';

export const lossDimensions: Measures = {
  losses: ['reason', 'stage'],
  'losses-undone': ['reason', 'stage'],
  'lost-value': ['currency', 'reason', 'stage'],
  'lost-value-undone': ['currency', 'reason', 'stage'],
};

/**
 * `losses` and `lost-value` are history: a reopening leaves them, and adds to `losses-undone` and `lost-value-undone`. Credited as of the loss,
 * by reason and stage; value is what was expected then.
 */
export const losses = (emit: Emit, { closings }: DealHistory): void => {
  for (const { end, undone } of closings) {
    if (end.kind !== 'lost') continue;
    const { reason, stage, value, at } = end;
    const add = (measure: string, amount: number, currency?: string) => {
      const dimensions = { ...(currency && { currency }), reason, stage };
      emit({ measure, ...dimensions }, at, at, amount, end.event);
      if (undone) emit({ measure: `${measure}-undone`, ...dimensions }, at, undone.at, amount, undone.event);
    };
    add('losses', 1);
    if (value && value.minor !== 0) add('lost-value', value.minor, value.currency);
  }
};
