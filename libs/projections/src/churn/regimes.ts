import { type PolicyDocuments, type PolicyHistory, type PolicyName, policyAt } from '#relationship/read-side.js';
import { calendarOf } from '../calendar.js';
import { dayName } from '../days.js';
import type { Span } from '../shared/spans.js';

/** Which version of a policy held on which days, for numbers that depend on elapsed time. A version holds from the beginning of its day on. */
export const regimesOf = <Name extends PolicyName>(
  history: PolicyHistory,
  name: Name,
): readonly (Span & { readonly document: PolicyDocuments[Name] })[] => {
  const { dayNumber, endOfDay } = calendarOf(history);
  const days = [...new Set(history[name].map(({ effectiveFrom }) => dayNumber(effectiveFrom)))].sort((a, b) => a - b);
  return days.map((from, i) => ({
    from: i === 0 ? Number.NEGATIVE_INFINITY : from,
    to: days[i + 1] ?? Number.POSITIVE_INFINITY,
    document: policyAt(history, name, endOfDay(dayName(from))).document,
  }));
};
