import type { PolicyHistory } from '#relationship/read-side.js';
import { type Calendar, calendarOf } from '../calendar.js';
import type { Contribution, Summaries } from '../projection.js';
import { during, intersection, type Span, union } from '../shared/spans.js';
import { untilDeparture } from './active-purchase.js';
import type { ChurnContact, ChurnDocument, Dated } from './document.js';
import { existingOf, type PurchaseBlock } from './purchase-days.js';
import { regimesOf } from './regimes.js';
import { dueAfter } from './silence.js';

const silent = { measure: 'silent' };

/** A day with a contact, and the first contact of it. */
interface ContactDay extends Dated {
  /** Days since 1970-01-01. */
  readonly day: number;
}

/** In order, each day once. */
export const contactBlocks: Summaries<ChurnDocument, readonly ChurnContact[], readonly ContactDay[]> = {
  list: ({ contacts }) => contacts,
  of(contacts, _, policies) {
    const { dayNumber } = calendarOf(policies);
    const days: ContactDay[] = [];
    for (const { at, event } of contacts) {
      const day = dayNumber(at);
      if (days.at(-1)?.day !== day) days.push({ day, at, event });
    }
    return days;
  },
};

/** Silent: no contact since the cadence norm asked for one, until the next contact. */
export const silenceContributions = (
  churn: ChurnDocument,
  policies: PolicyHistory,
  purchases: readonly PurchaseBlock[],
  contactDays: readonly (readonly ContactDay[])[],
): readonly Contribution[] => {
  const found: Contribution[] = [];
  const norms = normsOf(existingOf(purchases), policies);
  const calendar = calendarOf(policies);
  const contacts = daysSpoken(churn, contactDays, calendar);
  let passed = 0;
  for (let i = 0; i < contacts.length; i++) {
    const [{ day, event }, next] = [contacts[i]!, contacts[i + 1]];
    const gap = { from: day, to: next?.day ?? Number.POSITIVE_INFINITY };
    const spans: Span[] = [];
    while (passed < norms.length && norms[passed]!.to <= day) passed++;
    for (let at = passed; at < norms.length && norms[at]!.from < gap.to; at++) {
      const norm = norms[at]!;
      const span = intersection({ from: Math.max(norm.from, dueAfter(day, norm.perYear) + 1), to: norm.to }, gap);
      if (span) spans.push(span);
    }
    if (spans.length === 0) continue;
    for (const span of untilDeparture(churn, union(spans), calendar)) during(found, silent, span, event, span.departedBy ?? next?.event);
  }
  return found;
};

/** The registration counts until the first contact. */
function daysSpoken(
  { registered }: ChurnDocument,
  blocks: readonly (readonly ContactDay[])[],
  { dayNumber }: Calendar,
): readonly ContactDay[] {
  const all = blocks.flat();
  const days = all.filter(({ day }, i) => all[i - 1]?.day !== day);
  const [first] = days;
  if (!registered || (first && registered.at >= first.at)) return days;
  const began = { ...registered, day: dayNumber(registered.at) };
  return first?.day === began.day ? [began, ...days.slice(1)] : [began, ...days];
}

/** In order, none over another. Existing customers, those with an active purchase, and potential ones have different norms. */
function normsOf(existing: readonly Span[], policies: PolicyHistory): readonly (Span & { readonly perYear: number })[] {
  const edges = [Number.NEGATIVE_INFINITY, ...existing.flatMap(({ from, to }) => [from, to]), Number.POSITIVE_INFINITY];
  return regimesOf(policies, 'cadence').flatMap((regime) =>
    edges.slice(1).flatMap((to, i) => {
      const span = intersection({ from: edges[i]!, to }, regime);
      return span ? [{ ...span, perYear: i % 2 ? regime.document.existingPerYear : regime.document.potentialPerYear }] : [];
    }),
  );
}
