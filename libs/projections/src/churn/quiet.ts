import type { PolicyHistory } from '#relationship';
import { dayNumber } from '../days.js';
import type { Contribution } from '../projection.js';
import type { ChurnDocument, Dated } from './document.js';
import { regimesOf } from './regimes.js';
import { dueAfter } from './silence.js';
import { intersection, type Span, union } from './spans.js';
import { during, type Standing, untilGone } from './standing.js';

const silent = { measure: 'silent' };

/** Silent: no contact since the cadence norm asked for one, until the next contact. */
export const silenceContributions = (
  churn: ChurnDocument,
  purchases: readonly Standing[],
  policies: PolicyHistory,
): readonly Contribution[] => {
  const found: Contribution[] = [];
  const norms = normsOf(purchases, policies);
  const contacts = contactDays(churn);
  for (let i = 0; i < contacts.length; i++) {
    const [{ day, event }, next] = [contacts[i]!, contacts[i + 1]];
    if (next && norms.every(({ perYear }) => next.day <= dueAfter(day, perYear) + 1)) continue;
    const gap = { from: day, to: next?.day ?? Number.POSITIVE_INFINITY };
    const spans: Span[] = [];
    for (const norm of norms) {
      const span = intersection({ from: Math.max(norm.from, dueAfter(day, norm.perYear) + 1), to: norm.to }, gap);
      if (span) spans.push(span);
    }
    for (const span of untilGone(churn, union(spans))) during(found, silent, span, event, span.gone ?? next?.event);
  }
  return found;
};

/** The days with a contact in order, each with its first event; the registration counts until the first contact. */
function contactDays({ registered, contacts }: ChurnDocument): readonly { readonly day: number; readonly event: string }[] {
  const dated: Dated[] = contacts.flat();
  // Almost always they were learned in order.
  if (dated.some(({ at }, i) => i > 0 && at < dated[i - 1]!.at)) dated.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const days: { day: number; event: string }[] = [];
  if (registered && (dated.length === 0 || registered.at < dated[0]!.at))
    days.push({ day: dayNumber(registered.at), event: registered.event });
  for (const { at, event } of dated) {
    const day = dayNumber(at);
    if (days.at(-1)?.day !== day) days.push({ day, event });
  }
  return days;
}

/** Existing customers, those with a purchase that stands, and potential ones have different norms. */
function normsOf(purchases: readonly Standing[], policies: PolicyHistory): readonly (Span & { readonly perYear: number })[] {
  const existing = union(purchases);
  const edges = [Number.NEGATIVE_INFINITY, ...existing.flatMap(({ from, to }) => [from, to]), Number.POSITIVE_INFINITY];
  return regimesOf(policies, 'cadence').flatMap((regime) =>
    edges.slice(1).flatMap((to, i) => {
      const span = intersection({ from: edges[i]!, to }, regime);
      return span ? [{ ...span, perYear: i % 2 ? regime.document.existingPerYear : regime.document.potentialPerYear }] : [];
    }),
  );
}
