import { DateTime } from 'luxon';
import { minorDigits } from '../terminal/minor-digits.js';
import type { Cell } from '../terminal/table.js';

/** A part of an answer as a person is shown it. */
export interface Shown {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

type Json = Readonly<Record<string, unknown>>;

export const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
export const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
export const text = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

const shownIn = (zone: string, value: unknown, format: string): string => {
  const at = DateTime.fromISO(text(value), { zone });
  // Of a zone that only the server knows the instant itself.
  return at.isValid ? at.toFormat(format) : text(value);
};
/** By the clock of UTC. */
export const minute = (value: unknown): string => shownIn('UTC', value, 'yyyy-MM-dd HH:mm');
/** By the clock that the days of this answer are of. */
export const clockOf = (answer: unknown) => {
  const zone = text(object(answer).zone ?? 'UTC');
  return {
    day: (value: unknown): string => shownIn(zone, value, 'yyyy-MM-dd'),
    minute: (value: unknown): string => shownIn(zone, value, 'yyyy-MM-dd HH:mm'),
  };
};

export const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
export const percent = (value: unknown): string => (typeof value === 'number' ? `${(value * 100).toFixed(2)} %` : '');
/** Days and the like: one decimal tells enough, and under one another they compare. */
export const rounded = (value: unknown): string =>
  typeof value === 'number' ? value.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 }) : '';

/** Minor units with their currency, e.g. `10,005,534.00 USD`; several currencies beside one another, never added up. */
export function money(value: unknown): string {
  return (Array.isArray(value) ? list(value) : value ? [object(value)] : [])
    .map(({ minor, currency }) => amount(minor, text(currency)))
    .join(' + ');
}

export function amount(minor: unknown, currency: string): string {
  // A sum that JSON does not hold exactly is null.
  if (typeof minor !== 'number' || !Number.isFinite(minor)) return `(too large) ${currency}`;
  const digits = minorDigits(currency);
  return `${(minor / 10 ** digits).toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${currency}`;
}

/** `{ USD: 1234 }` as money. */
export const amounts = (value: unknown): string =>
  Object.entries(object(value))
    .map(([currency, minor]) => amount(typeof minor === 'object' && minor !== null ? object(minor).amount : minor, currency))
    .join(' + ');

/** One row an item, each cell under its name; without an item there is nothing to show. */
export function table(title: string, items: unknown, cells: (item: Json) => Readonly<Record<string, Cell>>): Shown {
  const rows = list(items).map(cells);
  return { title, head: Object.keys(rows[0] ?? {}), rows: rows.map((row) => Object.values(row)) };
}

/** Members under one another; those that say nothing are left out. */
export const properties = (title: string, members: Readonly<Record<string, Cell>>): Shown => ({
  title,
  head: ['', ''],
  rows: Object.entries(members).filter(([, value]) => value !== '' && value !== null),
});
