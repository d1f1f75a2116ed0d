import { isEmailAddress } from '#relationship';
import { type DateFormat, toInstant } from '../values/dates.js';
import { type DecimalFormat, toPlainDecimal } from '../values/money.js';

/** What all values of a column have in common. */
export interface ColumnFacts {
  readonly name: string;
  /** Rows that have a value. */
  readonly filled: number;
  readonly empty: number;
  /** No two rows have the same; false where that is too much to remember. */
  readonly unique: boolean;
  readonly emails: boolean;
  readonly phones: boolean;
  readonly currencies: boolean;
  /** Each fits every value; several where they leave it open, the likeliest first. */
  readonly dates: readonly string[];
  readonly numbers: readonly DecimalFormat[];
  readonly negative: number;
  readonly zero: number;
  readonly whole: boolean;
  /** Most digits behind the decimal mark, under the first of `numbers`. */
  readonly digits: number;
  /** Fewest of them. */
  readonly fewestDigits: number;
  readonly longest: number;
}

const DAYS = ['d.M.yyyy', 'd/M/yyyy', 'M/d/yyyy', 'd-M-yyyy', 'M-d-yyyy', 'yyyy/M/d', 'yyyyMMdd'];
const DATES = ['iso', ...DAYS.flatMap((day) => [day, `${day} H:mm`, `${day} H:mm:ss`])];
const NUMBERS: readonly DecimalFormat[] = [
  { decimal: '.', group: undefined },
  { decimal: ',', group: undefined },
  { decimal: '.', group: ',' },
  { decimal: ',', group: '.' },
  { decimal: ',', group: ' ' },
];
const MOST_REMEMBERED = 100_000;

const fits = (read: () => unknown): boolean => {
  try {
    read();
    return true;
  } catch {
    return false;
  }
};

/** Gathers the facts of a column, a value after the other. */
export function createColumnFacts(name: string) {
  const seen = new Set<string>();
  const facts = { filled: 0, empty: 0, unique: true, emails: true, phones: true, currencies: true, longest: 0 };
  let dates: readonly string[] = DATES;
  let numbers = NUMBERS.map((format) => ({ format, negative: 0, zero: 0, whole: true, digits: 0, fewestDigits: Number.POSITIVE_INFINITY }));

  const number = (text: string) => (kept: (typeof numbers)[number]) =>
    fits(() => {
      const plain = toPlainDecimal(text, kept.format);
      const fraction = plain.split('.')[1] ?? '';
      if (!/[1-9]/.test(plain)) kept.zero += 1;
      else if (plain.startsWith('-')) kept.negative += 1;
      kept.whole &&= /^0*$/.test(fraction);
      kept.digits = Math.max(kept.digits, fraction.length);
      kept.fewestDigits = Math.min(kept.fewestDigits, fraction.length);
    });

  return {
    add(value: string | undefined): void {
      const text = value?.trim() ?? '';
      if (text === '') {
        facts.empty += 1;
        return;
      }
      facts.filled += 1;
      facts.longest = Math.max(facts.longest, text.length);
      facts.unique &&= !seen.has(text) && seen.size < MOST_REMEMBERED;
      if (facts.unique) seen.add(text);
      else seen.clear();
      facts.emails &&= isEmailAddress(text);
      facts.phones &&= /^[+(\d][\d\s()./-]{5,30}(\s*(ext\.?|x)\s*\d+)?$/i.test(text);
      facts.currencies &&= /^[A-Z]{3}$/.test(text);
      if (dates.length > 0) {
        const likely = /^\d/.test(text) ? dates : [];
        dates = likely.filter((format) =>
          fits(() => toInstant(text, { formats: [format], zone: 'UTC', ambiguous: 'earlier' } satisfies DateFormat)),
        );
      }
      if (numbers.length > 0) numbers = numbers.filter(number(text));
    },
    result(): ColumnFacts {
      const any = facts.filled > 0;
      const [{ negative, zero, whole, digits, fewestDigits } = { negative: 0, zero: 0, whole: false, digits: 0, fewestDigits: 0 }] =
        numbers;
      return {
        name,
        ...facts,
        unique: any && facts.unique,
        emails: any && facts.emails,
        phones: any && facts.phones,
        currencies: any && facts.currencies,
        dates: any ? dates : [],
        numbers: any ? numbers.map(({ format }) => format) : [],
        ...{ negative, zero, whole, digits, fewestDigits },
      };
    },
  };
}
