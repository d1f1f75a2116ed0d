import { type Calendar, calendarOf } from '../calendar.js';
import type { Summaries } from '../projection.js';
import { curatorAt } from '../shared/assignments.js';
import type { DeskContact, DeskDocument } from './document.js';

/** A month in which there was a contact with a customer of the curator's portfolio, and the first contact of it. */
export interface CoveredMonth {
  readonly month: string;
  readonly curator: string;
  readonly at: string;
  readonly event: string;
}

/** Whoever had the contact, it covers the month for the curator of the time. */
export const monthsOfBlocks: Summaries<DeskDocument, readonly DeskContact[], readonly CoveredMonth[]> = {
  list: ({ contacts }) => contacts,
  of: (contacts, { assignments }, policies) => monthsOf(contacts, assignments, calendarOf(policies)),
};

function monthsOf(
  contacts: readonly DeskContact[],
  assignments: DeskDocument['assignments'],
  { monthOf }: Calendar,
): readonly CoveredMonth[] {
  const months: CoveredMonth[] = [];
  for (const { at, event } of contacts) {
    const curator = curatorAt({ assignments }, at);
    const last = months.at(-1);
    if (curator === undefined) continue;
    const month = monthOf(at);
    if (last?.curator !== curator || last.month !== month) months.push({ month, curator, at, event });
  }
  return firstOfEach(months);
}

export const coveredMonths = (blocks: readonly (readonly CoveredMonth[])[]): readonly CoveredMonth[] =>
  blocks.length === 1 ? blocks[0]! : firstOfEach(blocks.flat());

function firstOfEach(months: readonly CoveredMonth[]): readonly CoveredMonth[] {
  if (months.length < 2) return months;
  const first = new Map<string, CoveredMonth>();
  for (const each of months) {
    const key = `${each.month}|${each.curator}`;
    if (!first.has(key)) first.set(key, each);
  }
  return [...first.values()];
}
