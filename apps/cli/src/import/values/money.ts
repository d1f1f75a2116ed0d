import { RowProblem } from '../records/import-record.js';

export interface DecimalFormat {
  readonly decimal: string;
  readonly group: string | undefined;
}

export interface Money {
  readonly minor: number;
  readonly currency: string;
}

export const ROUNDINGS = ['exact', 'half-up', 'half-even', 'up', 'down'] as const;
/** `exact` drops zeros and nothing else; `up` is away from zero, `down` towards it. */
export type Rounding = (typeof ROUNDINGS)[number];

export const SIGNS = ['as-written', 'negate', 'absolute'] as const;

/** What is done to a written number. */
export interface Arithmetic {
  readonly sign?: (typeof SIGNS)[number];
  /** Without it more digits than there may be are rejected, zeros too: 1.200 may be a thousand. */
  readonly round?: Rounding | undefined;
}

/** `units` divided by ten `scale` times. */
interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** From decimal text to minor units by moving the point, so without a float in between. `times`: a plain decimal. */
export function toMinor(
  text: string,
  currency: string,
  digits: number,
  format: DecimalFormat,
  { sign, round }: Arithmetic = {},
  times?: string,
): Money {
  const written = decimalOf(toPlainDecimal(text, format));
  if (!round && written.scale > digits)
    throw new RowProblem(
      `${JSON.stringify(text)} has more than the ${digits} decimal digits of ${currency}; a mapping may allow that with "round"`,
    );
  const amount = times === undefined ? written : product(written, decimalOf(times));
  const units = scaledTo(digits, signed(amount, sign), round ?? 'exact', text);
  const minor = Number(units);
  if (!Number.isSafeInteger(minor)) throw new RowProblem(`${JSON.stringify(text)} is too large for an amount`);
  return { minor, currency };
}

/** `digits`: of its fraction, as many as are written when absent. */
export function toNumber(text: string, format: DecimalFormat, { sign, round }: Arithmetic, digits: number | undefined): number {
  const decimal = signed(decimalOf(toPlainDecimal(text, format)), sign);
  const plain =
    digits === undefined ? plainOf(decimal) : plainOf({ units: scaledTo(digits, decimal, round ?? 'exact', text), scale: digits });
  const value = Number(plain);
  // Fifteen digits survive a float, more of them may not.
  if (plain.length > 15 && String(value) !== plain)
    throw new RowProblem(`${JSON.stringify(text)} has more digits than a number keeps; use a text`);
  return value;
}

function decimalOf(plain: string): Decimal {
  const [whole = '', fraction = ''] = plain.split('.');
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

/** Without zeros at its end. */
function plainOf({ units, scale }: Decimal): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const at = digits.length - scale;
  const fraction = digits.slice(at).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${digits.slice(0, at)}${fraction && `.${fraction}`}`;
}

const product = (a: Decimal, b: Decimal): Decimal => ({ units: a.units * b.units, scale: a.scale + b.scale });

const signed = ({ units, scale }: Decimal, sign: Arithmetic['sign']): Decimal => ({
  units: sign === 'negate' || (sign === 'absolute' && units < 0n) ? -units : units,
  scale,
});

function scaledTo(digits: number, { units, scale }: Decimal, round: Rounding, text: string): bigint {
  if (scale <= digits) return units * 10n ** BigInt(digits - scale);
  const step = 10n ** BigInt(scale - digits);
  const whole = units / step;
  const rest = units % step;
  if (rest === 0n) return whole;
  if (round === 'exact')
    throw new RowProblem(`${JSON.stringify(text)} is not exact with ${digits} decimal digits; a mapping may round it with "round"`);
  const away = units < 0n ? whole - 1n : whole + 1n;
  const twice = 2n * (rest < 0n ? -rest : rest);
  const goesAway = round === 'up' || twice > step || (twice === step && (round === 'half-up' || whole % 2n !== 0n));
  return round !== 'down' && goesAway ? away : whole;
}

/** `-1.234,50` with decimal `,` and group `.` becomes `-1234.50`. */
export function toPlainDecimal(text: string, { decimal, group }: DecimalFormat): string {
  const match = /^([+-]?)(.*)$/s.exec(text);
  const [, sign = '', digits = ''] = match ?? [];
  const [whole = '', fraction, ...more] = digits.split(decimal);
  const plainWhole = group ? withoutGroups(whole, group) : whole;
  if (more.length > 0 || !/^\d+$/.test(plainWhole ?? '') || (fraction !== undefined && !/^\d*$/.test(fraction)))
    throw new RowProblem(`${JSON.stringify(text)} is not a number such as ${sample({ decimal, group })}`);
  return `${sign === '-' ? '-' : ''}${plainWhole}${fraction ? `.${fraction}` : ''}`;
}

/** Spreadsheets and locales put a no-break space (U+00A0) or a narrow one (U+202F) where people see a blank. */
const BLANKS = /[ \u00a0\u202f]/;

/** Undefined where the groups are not of three: 1.50 read with a wrong format must not become 150. */
function withoutGroups(whole: string, group: string): string | undefined {
  const [first = '', ...others] = whole.split(group === ' ' ? BLANKS : group);
  if (others.length > 0 && (first.length > 3 || others.some((other) => other.length !== 3))) return undefined;
  return first + others.join('');
}

const sample = ({ decimal, group = '' }: DecimalFormat) => `1${group}234${decimal}50`;
