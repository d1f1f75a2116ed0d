import type { Document } from 'mongodb';
import type { Bound, FindPlan } from '../find-plan.js';
import type { Scalar } from '../read-model-store.js';
import { fieldPath } from './layout.js';

/** What is there, and not the trace of something deleted. */
const present: Document = { gone: { $exists: false } };
const anyNumber: Document = { $gte: Number.NEGATIVE_INFINITY };
const anyText: Document = { $gte: '' };
const nothing: Document = { _id: { $in: [] } };

/** MongoDB compares within a type; between types ours is null, numbers, text. */
export function conditionsOf({ equals, bounds }: Pick<FindPlan, 'equals' | 'bounds'>): Document {
  const parts: Document[] = [present];
  for (const { field, values } of equals) parts.push({ [fieldPath(field)]: values.length === 1 ? values[0] : { $in: [...values] } });
  for (const bound of bounds) parts.push(boundOf(bound));
  return parts.length === 1 ? present : { $and: parts };
}

function boundOf({ field, operator, value }: Bound): Document {
  const path = fieldPath(field);
  if (value === null) return nothing;
  const within = { [path]: { [`$${operator}`]: value } };
  const beyond = operator.startsWith('g')
    ? typeof value === 'number'
      ? anyText
      : undefined
    : typeof value === 'string'
      ? anyNumber
      : undefined;
  return beyond ? { $or: [within, { [path]: beyond }] } : within;
}

/** What comes after a place in the order of the plan. */
export function afterOf({ after, sort, descending }: FindPlan): Document | undefined {
  if (!after) return undefined;
  const operator = descending ? '$lt' : '$gt';
  if (sort === 'key') return { _id: { [operator]: after.key } };
  const path = fieldPath(sort);
  const tied = { [path]: after.sort, _id: { [operator]: after.key } };
  return { $or: [tied, ...beyond(after.sort, descending).map((condition) => ({ [path]: condition }))] };
}

function beyond(value: Scalar, descending: boolean): readonly (Document | null)[] {
  if (value === null) return descending ? [] : [anyNumber, anyText];
  if (typeof value === 'number') return descending ? [{ $lt: value }, null] : [{ $gt: value }, anyText];
  return descending ? [{ $lt: value }, anyNumber, null] : [{ $gt: value }];
}
