import { heldAt, type PolicyHistory } from '#relationship/facts.js';
import { dayOf } from '../days.js';
import type { Series } from '../projection.js';
import { onDays } from '../series.js';
import { BLANK, type Emit } from '../shared/contributing.js';
import { type BookedDeal, dealAsOf, standingsOf } from '../shared/deal-book.js';
import { type DealStory, standingClosing, storyOf } from '../shared/deal-story.js';
import type { QueryContext } from '../view-reader.js';
import { sumsIn, type Times } from './grouped-sums.js';
import { addTo, place, type Sums } from './numbers.js';
import { outcomes } from './outcomes.js';
import { orderOf } from './projection.js';
import { stageFlow } from './stage-flow.js';

export type Portioning = 'curator' | 'source' | 'segment';
export interface PortionSums {
  readonly outcomes: Sums;
  readonly stages: Map<string, Sums>;
}

/** Names a number that stands in no total: `eventsBehind` has it told from the deals as well. */
export const toldSeries = (dimensions: Series): Series => ({ ...dimensions, told: 'deals' });
/** As of the end of the day, as the totals are. */
export const toldByDay = (dimensions: Series, asOf: string): Series => onDays(toldSeries(dimensions), { to: dayOf(asOf) });

/** By customer; those of the customers after one, or of one only. */
export async function* allDeals(
  { reader }: QueryContext,
  { asOf, knownAt }: Times,
  { customerId, after }: { readonly customerId?: string | undefined; readonly after?: string | undefined } = {},
): AsyncGenerator<BookedDeal> {
  let cursor: string | undefined;
  do {
    const page = await reader.rows<BookedDeal>('funnel', {
      ...(customerId !== undefined && { where: { customerId } }),
      // Keys are `<customerId>|<dealId>`, and `}` comes next after `|`.
      range: { since: { lte: asOf }, ...(after !== undefined && { key: { gte: `${after}}` } }) },
      limit: 1000,
      ...(cursor !== undefined && { cursor }),
    });
    for (const { body } of page.documents) {
      const deal = dealAsOf(body, asOf, knownAt);
      if (deal) yield deal;
    }
    cursor = page.next;
  } while (cursor !== undefined);
}

/** Takes one addend; `credited` as of `Emit`. */
export type Tell = (series: Series, credited: string, amount: number, events: readonly string[]) => void;

/**
 * The same addends as the totals', by the same functions, from a deal as it stood: exact to the instant. Besides `in-stage` and `value`, which
 * are credited as of `asOf`.
 */
export const tellDeal = (tell: Tell, story: DealStory, asOf: string, policies: PolicyHistory): void => {
  const emit: Emit = (series, credited, _, amount, event) => tell(series, credited, amount, [event]);
  stageFlow(emit, story, orderOf(story, policies));
  outcomes(emit, story);
  present(tell, story, asOf);
};

function present(tell: Tell, story: DealStory, asOf: string): void {
  const visit = story.visits.at(-1);
  if (!visit || standingClosing(story)) return;
  const { stage, entry } = visit;
  tell({ measure: 'in-stage', stage }, asOf, 1, [entry.event]);
  const valued = heldAt(story.values, asOf);
  if (!valued?.value) return;
  const { currency, minor } = valued.value;
  tell({ measure: 'value', currency, stage }, asOf, minor, [entry.event, valued.event]);
}

export const toldFromRows = async (context: QueryContext, times: Times, by: Portioning): Promise<ReadonlyMap<string, PortionSums>> => {
  const portions = new Map<string, PortionSums>();
  const portion = (key: string | null): PortionSums => {
    const known = portions.get(key ?? BLANK);
    if (known) return known;
    const sums = { outcomes: new Map(), stages: new Map() };
    portions.set(key ?? BLANK, sums);
    return sums;
  };
  for await (const deal of allDeals(context, times)) {
    const standingAt = standingsOf(deal);
    const tell: Tell = (series, credited, amount) => {
      if (series.measure === 'passed-over') return;
      const { outcomes, stages } = portion(standingAt(credited)[by]);
      addTo(series.stage === undefined ? outcomes : sumsIn(stages, series.stage), place(series.measure!, series), amount);
    };
    tellDeal(tell, storyOf(deal.facts), times.asOf, context.policies);
  }
  return portions;
};
