import type { Document } from 'mongodb';
import type { Bound, FindPlan, PlannedConditions } from '../find-plan.js';
import { monthOf } from '../months.js';
import type { Scalar, TotalsQuery } from '../read-model-store.js';
import { fieldPath } from './layout.js';

/** What is there, and not the trace of something deleted. */
const present: Document = { gone: { $exists: false } };
const anyNumber: Document = { $gte: Number.NEGATIVE_INFINITY };
const anyText: Document = { $gte: '' };
const nothing: Document = { _id: { $in: [] } };

/** MongoDB compares within a type; between types ours is null, numbers, text. */
export function conditionsOf({ equals, bounds, contains }: PlannedConditions): Document {
  const parts: Document[] = [present];
  for (const { field, values } of equals) parts.push({ [fieldPath(field)]: values.length === 1 ? values[0] : { $in: [...values] } });
  for (const bound of bounds) parts.push(boundOf(bound));
  for (const { field, text } of contains) parts.push({ [fieldPath(field)]: anyText }, { [fieldPath(field)]: { $regex: literally(text) } });
  return parts.length === 1 ? present : { $and: parts };
}

/** A pattern ends at a zero byte. */
const literally = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&').replaceAll('\0', '\\x00');

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

/** Months, and days of those that lie across an end; days alone where they are asked for, or what was known on one. */
export function conditionsOfTotals({ prefix = '', from, to, knownTo, by }: TotalsQuery): Document {
  const series = { $gte: prefix, ...(prefix && { $lt: `${prefix}\u{10FFFF}` }) };
  if (by === 'day' || knownTo !== undefined)
    return { series, ...within('day', { $gte: from, $lte: to }), ...within('known', { $lte: knownTo }) };
  const [first, last] = [from, to].map((day) => (day === undefined ? undefined : monthOf(day)));
  if (first !== undefined && last !== undefined && first >= last) return { series, ...within('day', { $gte: from, $lte: to }) };
  return {
    $or: [
      { seriesOfMonth: series, ...within('month', { $gt: first, $lt: last }) },
      ...(first === undefined ? [] : [{ series, day: { $gte: from, $lt: `${first}~` } }]),
      ...(last === undefined ? [] : [{ series, day: { $gte: last, $lte: to } }]),
    ],
  };
}

function within(field: string, bounds: Readonly<Record<string, string | undefined>>): Document {
  const given = Object.entries(bounds).filter(([, bound]) => bound !== undefined);
  return given.length === 0 ? {} : { [field]: Object.fromEntries(given) };
}
