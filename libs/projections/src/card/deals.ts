import type { Money } from '../money.js';
import { activeClosing, historyOf } from '../shared/deal-history.js';
import { listed } from '../shared/ordinals.js';
import type { CardDeal, CardDocument } from './document.js';

export interface ShownDeal {
  readonly dealId: string;
  readonly title?: string;
  readonly stage: string;
  readonly stageSince: string;
  /** What is expected; of a won deal what it brought. */
  readonly value?: Money;
  readonly state: 'open' | 'won' | 'lost';
  readonly openedAt: string;
  /** The events behind it: opening, present stage or end, present value. */
  readonly events: { readonly opened: string; readonly stage: string; readonly value?: string };
}

/** The oldest first, none before it was opened. By the same history as the funnel, so that both say the same whatever was learned late. */
export const dealsOf = ({ deals }: Pick<CardDocument, 'deals'>, asOf: string): readonly ShownDeal[] =>
  listed(deals, ({ dealEvents }) => dealEvents.find(({ kind }) => kind === 'opened')?.at ?? '').flatMap((deal) => shown(deal, asOf) ?? []);

function shown({ dealId, title, dealEvents }: CardDeal, asOf: string): ShownDeal | undefined {
  const history = historyOf(dealEvents.filter(({ at }) => at <= asOf));
  const { opened } = history;
  const interval = history.intervals.at(-1);
  if (!opened || !interval) return undefined;
  const end = activeClosing(history)?.end;
  const expected = history.values.at(-1);
  const valued = end?.kind === 'won' ? { value: end.amount, event: end.event } : expected;
  return {
    dealId,
    ...(title !== undefined && { title }),
    stage: interval.stage,
    stageSince: interval.entry.at,
    ...(valued?.value && { value: valued.value }),
    state: end?.kind ?? 'open',
    openedAt: opened.at,
    events: { opened: opened.event, stage: (end ?? interval.entry).event, ...(valued && { value: valued.event }) },
  };
}
