import { activeClosing, historyOf } from '../shared/deal-history.js';
import { listed } from '../shared/ordinals.js';
import type { Card } from './answer-schema.js';
import type { CardDeal, CardDocument } from './document.js';

/** The oldest first, none before it was opened. By the same history as the funnel, so that both say the same whatever was learned late. */
export const dealsOf = ({ deals }: Pick<CardDocument, 'deals'>, asOf: string): Card['openDeals'] =>
  listed(deals, ({ dealEvents }) => dealEvents.find(({ kind }) => kind === 'opened')?.at ?? '').flatMap((deal) => shown(deal, asOf) ?? []);

function shown({ dealId, title, dealEvents }: CardDeal, asOf: string): Card['openDeals'][number] | undefined {
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
