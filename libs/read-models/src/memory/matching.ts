import type { Bound, PlannedConditions } from '../find-plan.js';
import { compareScalars } from '../order.js';
import type { Scalar } from '../read-model-store.js';

export interface Kept {
  readonly key: string;
  readonly position: string;
  readonly fields: Readonly<Record<string, Scalar>>;
  /** JSON, so that nobody shares an object with the store. */
  readonly body: string;
}

export function fieldOf(kept: Kept, field: string): Scalar {
  return field === 'key' ? kept.key : (kept.fields[field] ?? null);
}

export function matches(kept: Kept, { equals, bounds, contains }: PlannedConditions): boolean {
  return (
    equals.every(({ field, values }) => values.includes(fieldOf(kept, field))) &&
    bounds.every((bound) => within(fieldOf(kept, bound.field), bound)) &&
    contains.every(({ field, text }) => hasText(fieldOf(kept, field), text))
  );
}

const hasText = (value: Scalar, text: string): boolean => typeof value === 'string' && value.includes(text);

function within(value: Scalar, { operator, value: limit }: Bound): boolean {
  if (value === null || limit === null) return false;
  const order = compareScalars(value, limit);
  switch (operator) {
    case 'gt':
      return order > 0;
    case 'gte':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'lte':
      return order <= 0;
  }
}
