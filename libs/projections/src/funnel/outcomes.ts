import type { Money } from '../money.js';
import type { Measures } from '../projection.js';
import { type Emit, later, millisBetween } from '../shared/contributing.js';
import type { DealHistory } from '../shared/deal-history.js';

const ofMoney = ['currency'];
export const outcomeDimensions: Measures = {
  ...{ opened: [], converted: [], won: [], lost: [], 'won-ms': [], 'won-before-opened': [] },
  ...{ 'won-amount': ofMoney, cost: ofMoney },
};

/**
 * Whole deals: `opened` and `converted` (won, of those opened) by curator, source and segment at the opening; `won`, `lost`, `won-amount`,
 * `cost`, `won-ms` (opening to win) and `won-before-opened` by those at the end. A reopening takes back what the end had added.
 */
export const outcomes = (emit: Emit, { opened, closings }: DealHistory): void => {
  if (opened) emit({ measure: 'opened' }, opened.at, opened.at, 1, opened.event);
  for (const { end, undone } of closings) {
    const turn = (sign: 1 | -1, at: string, event: string) => {
      const money = (measure: string, { minor, currency }: Money) =>
        minor !== 0 && emit({ measure, currency }, end.at, at, sign * minor, event);
      emit({ measure: end.kind }, end.at, at, sign, event);
      if (end.kind === 'lost') return;
      money('won-amount', end.amount);
      if (end.cost) money('cost', end.cost);
      if (!opened) return;
      emit({ measure: 'converted' }, opened.at, later(at, opened.at), sign, event);
      emit({ measure: 'won-ms' }, end.at, later(at, opened.at), sign * millisBetween(opened.at, end.at), event);
      if (end.at < opened.at) emit({ measure: 'won-before-opened' }, end.at, later(at, opened.at), sign, event);
    };
    turn(1, end.at, end.event);
    if (undone) turn(-1, undone.at, undone.event);
  }
};
