import { type PolicyDocuments, type PolicyHistory, type PolicyName, policyAt } from '#relationship/facts.js';
import { dayName, dayNumber, endOfDay } from '../days.js';
import type { Span } from '../shared/spans.js';

type Regimes<Name extends PolicyName> = readonly (Span & { readonly document: PolicyDocuments[Name] })[];
/** A history is never changed, only replaced. */
const known = new WeakMap<object, Regimes<PolicyName>>();

/** Which version of a policy held on which days, for numbers that depend on elapsed time. A version holds from its UTC day on. */
export const regimesOf = <Name extends PolicyName>(history: PolicyHistory, name: Name): Regimes<Name> => {
  const found = known.get(history[name]);
  if (found) return found as Regimes<Name>;
  const days = [...new Set(history[name].map(({ effectiveFrom }) => dayNumber(effectiveFrom)))].sort((a, b) => a - b);
  const regimes: Regimes<Name> = days.map((from, i) => ({
    from: i === 0 ? Number.NEGATIVE_INFINITY : from,
    to: days[i + 1] ?? Number.POSITIVE_INFINITY,
    document: policyAt(history, name, endOfDay(dayName(from))).document,
  }));
  known.set(history[name], regimes);
  return regimes;
};
