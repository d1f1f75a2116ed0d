import { parse } from 'csv-parse/sync';
import type { CsvFormat } from '../mapping/mapping.js';
import type { PhysicalLine } from './physical-lines.js';
import { brokenUtf8 } from './row.js';

export interface CsvRow {
  /** First physical line. */
  readonly line: number;
  /** Last physical line. */
  readonly end: number;
  readonly values: readonly string[];
  readonly problem?: string;
  /** Its physical lines, of a row that is several. */
  readonly lines?: readonly string[];
}

/** Quoted fields hold line ends, but a quote that is never closed must not swallow the rest of the file. */
const MOST_LINES = 1_000;

/**
 * The rows of a CSV file (RFC 4180). A malformed row is answered with its problem, and reading goes on at the next physical line, so
 * that one stray quote costs one row. Rows without a quote, nearly all of most files, need no parser.
 */
export async function* csvRows(batches: AsyncIterable<readonly PhysicalLine[]>, format: CsvFormat): AsyncGenerator<CsvRow> {
  const { delimiter = ',', quote = '"', escape: escaping = quote, comment } = format;
  const open: PhysicalLine[] = [];
  const queue: PhysicalLine[] = [];
  const balanced = (text: string) => countQuotes(text, quote, escaping) % 2 === 0;
  const fieldsOf = (text: string): readonly string[] => {
    if (!text.includes(quote)) return text.split(delimiter);
    const [values = [], ...others] = parse(text, { delimiter, quote, escape: escaping, relax_column_count: true });
    if (others.length > 0) throw new Error('Its quotes do not match');
    return values;
  };
  /** The quotes of the open lines are even in number, but need not belong together. */
  const takeRow = (): CsvRow => {
    const [first] = open as [PhysicalLine];
    const { line } = first;
    const { line: end } = open.at(-1)!;
    const text = joined(open);
    try {
      const values = fieldsOf(text);
      const broken = open.find(({ wrongByte }) => wrongByte !== undefined);
      const lines = open.length > 1 ? open.map((each) => each.text) : undefined;
      open.length = 0;
      if (broken) return { line, end, values: [text], problem: brokenUtf8(broken.line, broken.wrongByte ?? 0) };
      return { line, end, values, ...(lines && { lines }) };
    } catch (error) {
      if (open.length > 1) return giveUp();
      open.length = 0;
      return { line, end, values: [text], problem: `is malformed: ${(error as Error).message.replace(/ at line \d+/, '')}` };
    }
  };
  /** The first of the open lines opened a quote for nothing; the others are looked at again. */
  const giveUp = (): CsvRow => {
    const [first, ...others] = open.splice(0) as [PhysicalLine, ...PhysicalLine[]];
    queue.unshift(...others);
    return { line: first.line, end: first.line, values: [first.text], problem: `opens a quote ${quote} that is not closed` };
  };

  const rows = function* (): Generator<CsvRow> {
    for (let next = queue.shift(); next; next = queue.shift()) {
      if (open.length === 0 && (next.text === '' || (comment !== undefined && next.text.startsWith(comment)))) continue;
      open.push(next);
      if (balanced(joined(open))) yield takeRow();
      else if (open.length === MOST_LINES) yield giveUp();
    }
  };
  for await (const batch of batches) {
    queue.push(...batch);
    yield* rows();
  }
  while (open.length > 0) {
    yield giveUp();
    yield* rows();
  }
}

const joined = (lines: readonly PhysicalLine[]) => (lines.length === 1 ? lines[0]!.text : lines.map(({ text }) => text).join('\n'));

function countQuotes(text: string, quote: string, escaping: string): number {
  let count = 0;
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + quote.length)) {
    if (escaping === quote || escapesBefore(text, at, escaping) % 2 === 0) count += 1;
  }
  return count;
}

/** An escape that is escaped itself escapes nothing. */
function escapesBefore(text: string, at: number, escaping: string): number {
  let count = 0;
  while (text[at - 1 - count] === escaping) count += 1;
  return count;
}
