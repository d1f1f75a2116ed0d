import { dayName } from '../days.js';
import type { Contribution } from '../projection.js';

/** Ranges of days, counted from 1970-01-01; `to` is exclusive, Infinity while it lasts. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The days on which at least one of them lasts, as few spans as possible, in order. */
export const union = <Known extends Span>(spans: readonly Known[]): readonly (Span & { readonly first: Known; readonly last: Known })[] => {
  const found: { from: number; to: number; first: Known; last: Known }[] = [];
  const inOrder = spans.every(({ from }, i) => i === 0 || spans[i - 1]!.from <= from) ? spans : spans.toSorted((a, b) => a.from - b.from);
  for (const span of inOrder) {
    if (span.from >= span.to) continue;
    const open = found.at(-1);
    if (!open || open.to < span.from) found.push({ from: span.from, to: span.to, first: span, last: span });
    else if (span.to > open.to) Object.assign(open, { to: span.to, last: span });
  }
  return found;
};

export const intersection = (a: Span, b: Span): Span | undefined => {
  const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)];
  return from < to ? { from, to } : undefined;
};

/** Adds dated differences: one from the first day, none from the last. */
export function during(
  found: Contribution[],
  series: Contribution['series'],
  { from, to }: Span,
  beganBy: string,
  endedBy: string | undefined,
): void {
  found.push({ series, day: dayName(from), amount: 1, events: [beganBy] });
  if (to !== Number.POSITIVE_INFINITY) found.push({ series, day: dayName(to), amount: -1, events: [endedBy ?? beganBy] });
}
