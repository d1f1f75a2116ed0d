import { checkField, type DocumentsSpec } from './collections.js';
import { decodeCursor, type Place } from './cursor.js';
import { InvalidQuery } from './errors.js';
import type { Conditions, FindQuery, Range, Scalar } from './read-model-store.js';

export interface Bound {
  readonly field: string;
  readonly operator: keyof Range;
  readonly value: Scalar;
}

/** Conditions checked against their collection. */
export interface PlannedConditions {
  /** Any of `values`, null among them where asked for. */
  readonly equals: readonly { readonly field: string; readonly values: readonly Scalar[] }[];
  readonly bounds: readonly Bound[];
  readonly contains: readonly { readonly field: string; readonly text: string }[];
}

/** A query checked against its collection, in the terms that every engine understands. */
export interface FindPlan extends PlannedConditions {
  readonly sort: string;
  readonly descending: boolean;
  readonly limit: number;
  readonly after?: Place;
}

const operators: readonly (keyof Range)[] = ['gt', 'gte', 'lt', 'lte'];

/** @throws UndeclaredField, InvalidCursor, InvalidQuery */
export function planFind(spec: DocumentsSpec, query: FindQuery): FindPlan {
  const { limit = 100, sort, cursor } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new InvalidQuery('limit must be a whole number from 1 to 1000');
  if (sort) checkField(spec, sort.field);
  return {
    ...planConditions(spec, query),
    sort: sort?.field ?? 'key',
    descending: sort?.direction === 'desc',
    limit,
    ...(cursor !== undefined && { after: decodeCursor(query, cursor) }),
  };
}

export function planConditions(spec: DocumentsSpec, { where = {}, range = {}, contains = {} }: Conditions): PlannedConditions {
  for (const field of Object.keys({ ...where, ...range, ...contains })) checkField(spec, field);
  return {
    equals: Object.entries(where).map(([field, value]) => ({ field, values: Array.isArray(value) ? value : [value as Scalar] })),
    bounds: Object.entries(range).flatMap(([field, bounds]) =>
      operators.flatMap((operator) => (bounds[operator] === undefined ? [] : [{ field, operator, value: bounds[operator] }])),
    ),
    contains: Object.entries(contains).map(([field, text]) => ({ field, text })),
  };
}
