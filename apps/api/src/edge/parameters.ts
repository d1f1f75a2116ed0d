import type { Calendar } from '#projections/calendar.js';
import { firstInstantOf, instantOf } from '#projections/reading.js';
import { isInstant, toUtc } from '#relationship';

/** One kind of query parameter: how it is read, and how the OpenAPI page tells of it. */
export interface Parameter<Value> {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly description: string;
  readonly required?: true;
  /** Roles that cannot leave it out, where others can. */
  readonly requiredOf?: readonly string[];
  /** The value, or what would be right. */
  read(given: string): { readonly value: Value } | { readonly wrong: string };
  /** What was read, by the days of the build that answers. */
  resolve?(value: Value, calendar: Calendar): Value;
}

export interface RequiredParameter<Value> extends Parameter<Value> {
  readonly required: true;
}

export const required = <Value>(parameter: Parameter<Value>): RequiredParameter<Value> => ({ ...parameter, required: true });

const day = /^\d{4}-\d{2}-\d{2}$/;
const isDay = (given: string): boolean => day.test(given) && isInstant(`${given}T00:00:00Z`);

/** ISO 8601, answered in UTC with milliseconds; a bare date is the last instant of its day in the company's time zone, or the first. */
export const instant = (description: string, edge: 'end' | 'start' = 'end'): Parameter<string> => ({
  // No format: generated clients would make a date of it, and lose what a bare day means.
  schema: { type: 'string' },
  description: `${description} ISO 8601, such as \`2026-11-22\` or \`2026-11-22T21:14:47Z\`; a bare date means the ${edge} of that day in the company's time zone.`,
  read(given) {
    if (isDay(given)) return { value: given };
    return isInstant(given)
      ? { value: toUtc(given) }
      : { wrong: 'must be an existing date or instant in ISO 8601, such as 2026-11-22 or 2026-11-22T21:14:47Z' };
  },
  resolve: edge === 'end' ? instantOf : firstInstantOf,
});

export const calendarDay = (description: string): Parameter<string> => ({
  schema: { type: 'string', format: 'date' },
  description,
  read: (given) => (isDay(given) ? { value: given } : { wrong: 'must be an existing day, such as 2026-11-22' }),
});

export const text = (description: string, most = 200): Parameter<string> => ({
  schema: { type: 'string', minLength: 1, maxLength: most },
  description,
  read: (given) =>
    given.length >= 1 && given.length <= most ? { value: given } : { wrong: `must be a string of 1 to ${most} characters` },
});

export const id = (description: string): Parameter<string> => ({
  schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9_.:-]{1,128}$' },
  description,
  read: (given) => (/^[A-Za-z0-9_.:-]{1,128}$/.test(given) ? { value: given } : { wrong: 'must be an id: letters, digits, and _ . : -' }),
});

export const oneOf = <const Value extends string>(values: readonly Value[], description: string): Parameter<Value> => ({
  schema: { type: 'string', enum: [...values] },
  description,
  read(given) {
    const value = values.find((candidate) => candidate === given);
    return value === undefined ? { wrong: `must be one of ${values.join(', ')}` } : { value };
  },
});

export const flag = (description: string): Parameter<boolean> => ({
  // What clients send is text.
  schema: { type: 'string', enum: ['true', 'false'] },
  description,
  read: (given) => (given === 'true' || given === 'false' ? { value: given === 'true' } : { wrong: 'must be one of true, false' }),
});

export const whole = (least: number, most: number, description: string): Parameter<number> => ({
  schema: { type: 'integer', minimum: least, maximum: most },
  description,
  read: (given) =>
    /^\d{1,15}$/.test(given) && Number(given) >= least && Number(given) <= most
      ? { value: Number(given) }
      : { wrong: `must be a whole number from ${least} to ${most}` },
});

export const cursor: Parameter<string> = {
  ...text('End of the previous page: take it from its `Link: rel="next"`.', 4_000),
};

/** A text of a given shape; `what` says which. */
export const matching =
  (pattern: RegExp, what: string) =>
  (description: string): Parameter<string> => ({
    schema: { type: 'string', pattern: pattern.source },
    description: `${description} ${what}.`,
    read: (given) => (pattern.test(given) ? { value: given } : { wrong: `must be ${what}` }),
  });
