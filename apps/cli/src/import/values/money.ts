import { RowProblem } from '../records/import-record.js';

export interface DecimalFormat {
  readonly decimal: string;
  readonly group: string | undefined;
}

export interface Money {
  readonly minor: number;
  readonly currency: string;
}

/** From decimal text to minor units by moving the point, so without a float in between. More digits than the currency has are rejected, unless they are zeros. */
export function toMinor(text: string, currency: string, digits: number, format: DecimalFormat): Money {
  const plain = toPlainDecimal(text, format);
  const [whole = '', fraction = ''] = plain.replace('-', '').split('.');
  if (/[1-9]/.test(fraction.slice(digits)))
    throw new RowProblem(`${JSON.stringify(text)} has more than the ${digits} decimal digits of ${currency}`);
  const minor = Number(`${whole}${fraction.slice(0, digits).padEnd(digits, '0')}`);
  if (!Number.isSafeInteger(minor)) throw new RowProblem(`${JSON.stringify(text)} is too large for an amount`);
  return { minor: plain.startsWith('-') && minor !== 0 ? -minor : minor, currency };
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
