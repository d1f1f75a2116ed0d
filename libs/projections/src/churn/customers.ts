import { type AnswerTimes, answering, InvalidParameter } from '../reading.js';
import { curatorAt } from '../shared/assignments.js';
import type { QueryContext, TimeTravel } from '../view-reader.js';
import type { ChurnFigures } from './figures.js';
import { type RfmScores, rfmOf } from './rfm.js';
import type { RiskLevel } from './risk.js';
import { scanOn } from './scan.js';

/** Numbers by which a list can be sorted; a missing one comes last. */
const sorts = {
  recency: ({ buying }: ChurnFigures) => buying?.daysSinceLast,
  frequency: ({ purchaseDays }: ChurnFigures) => purchaseDays,
  silence: ({ silence }: ChurnFigures) => silence?.ratio,
  overdue: ({ silence }: ChurnFigures) => silence?.overdueDays,
  risk: ({ risk }: ChurnFigures) => ({ low: 0, elevated: 1, high: 2 })[risk],
} satisfies Record<string, (figures: ChurnFigures) => number | undefined>;
export type ChurnSort = keyof typeof sorts;
export const churnSorts = Object.keys(sorts) as readonly ChurnSort[];

export interface ChurnCustomersParams extends Pick<TimeTravel, 'asOf'> {
  /** Without it by the customer's id. */
  readonly sort?: ChurnSort;
  /** `desc` when absent: the largest first. */
  readonly direction?: 'asc' | 'desc';
  readonly risk?: RiskLevel;
  readonly lapsed?: boolean;
  /** Who answered for the customer at `asOf`. */
  readonly curatorId?: string;
  /** Only those whom this curator has now, whatever `asOf`: others the curator may not see any more. */
  readonly portfolioOf?: string;
  /** 1 to 1000; 100 when absent. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface ChurnCustomersAnswer extends AnswerTimes {
  /** How many match on all pages. */
  readonly count: number;
  readonly customers: readonly (ChurnFigures & { readonly rfm: RfmScores | null })[];
  readonly next?: string;
}

/** As of the end of the UTC day of `asOf`, by the facts known now; the events behind a customer's figures are in `churnOf`. */
export const churnCustomers = async (given: QueryContext, params: ChurnCustomersParams): Promise<ChurnCustomersAnswer> => {
  const { sort, direction = 'desc', risk, lapsed, curatorId, portfolioOf, limit = 100, cursor } = params;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new InvalidParameter('limit', 'must be a whole number from 1 to 1000');
  const { context, times } = answering(given, params);
  const { customers, scale } = await scanOn(context, times.asOf);
  const sign = direction === 'desc' ? -1 : 1;
  const placed = customers
    .filter(({ figures }) => (risk === undefined || figures.risk === risk) && (lapsed === undefined || figures.lapsed === lapsed))
    .filter(({ assignments }) => curatorId === undefined || curatorAt({ assignments }, times.asOf) === curatorId)
    .filter(({ assignments }) => portfolioOf === undefined || curatorAt({ assignments }, context.now) === portfolioOf)
    .map(({ figures }) => ({
      figures,
      place: [sort ? sign * (sorts[sort](figures) ?? sign * Number.MAX_VALUE) : 0, figures.customerId] as const,
    }))
    .sort((a, b) => compare(a.place, b.place));

  const after = cursor === undefined ? undefined : placeIn(cursor);
  const start = after === undefined ? 0 : placed.findIndex(({ place }) => compare(place, after) > 0);
  const page = start < 0 ? [] : placed.slice(start, start + limit);
  const last = page.at(-1);
  return {
    ...times,
    count: placed.length,
    customers: page.map(({ figures }) => ({ ...figures, rfm: rfmOf(figures, scale) })),
    ...(last && placed.at(-1) !== last && { next: Buffer.from(JSON.stringify(last.place)).toString('base64url') }),
  };
};

type Place = readonly [value: number, customerId: string];

function compare([a, one]: Place, [b, other]: Place): number {
  return a - b || (one < other ? -1 : one > other ? 1 : 0);
}

function placeIn(cursor: string): Place {
  try {
    const [value, customerId] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Place;
    if (typeof value === 'number' && typeof customerId === 'string') return [value, customerId];
  } catch {
    // Said below.
  }
  throw new InvalidParameter('cursor', 'is not a cursor of this list');
}
