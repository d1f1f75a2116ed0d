import type { QueryContext } from '../view-reader.js';
import { BLANK, type Emit } from './contributing.js';
import { type BookedDeal, dealAsOf, standingOf } from './deal-book.js';
import { type DealRow, dealRowOf } from './deal-row.js';
import { storyOf } from './deal-story.js';
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

export async function* allDeals({ reader }: QueryContext, { asOf, knownAt }: Times): AsyncGenerator<BookedDeal> {
  let cursor: string | undefined;
  do {
    const page = await reader.rows<BookedDeal>('funnel', {
      range: { since: { lte: asOf } },
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

/**
 * The same sums as the totals', by the same functions, from every deal as it stood: exact to the instant, and with the deals in a stage going
 * to the curator who had them at `asOf`.
 */
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
    const standing = standingOf(deal);
    const story = storyOf(deal.facts);
    const of = (credited: string) => portion(by === 'curator' ? standing.curatorAt(credited) : standing[by]);
    const flow: Emit = (series, credited, _, amount) =>
      series.measure === 'passed-over' || addTo(sumsIn(of(credited).stages, series.stage!), place(series.measure!, series), amount);
    const outcome: Emit = (series, credited, _, amount) => addTo(of(credited).outcomes, place(series.measure!, series), amount);
    stageFlow(flow, story, orderOf(story, context.policies));
    outcomes(outcome, story);
    present(dealRowOf(deal, times.asOf), of(times.asOf));
  }
  return portions;
};

function present({ status, stage, expectedValue }: DealRow, { stages }: PortionSums): void {
  if (status !== 'open' || stage === null) return;
  const sums = sumsIn(stages, stage);
  addTo(sums, 'in-stage', 1);
  if (expectedValue) addTo(sums, place('value', { currency: expectedValue.currency }), expectedValue.minor);
}
