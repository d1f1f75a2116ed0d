import { hash } from 'node:crypto';
import { type ImportRecord, type ReadRecord, RowProblem } from './import-record.js';
import { unreadable } from './row.js';

export interface Grouping {
  readonly columns: readonly string[];
  /** Of these columns. */
  readonly values: readonly ((row: ImportRecord) => string | undefined)[];
  /** Rows that cannot be read come first, wherever they stood. */
  readonly ordered: boolean;
  /** A row that is one by itself whatever it says. */
  alone(row: ImportRecord): boolean;
}

/**
 * Rows that follow one another with the same values in these columns are one row, such as the lines of an invoice; a row without such a value
 * is one by itself. Whatever might leave a line out rejects all of them: lines that are found later, and a line beside them that cannot be
 * read; that may belong to any of them where rows are ordered.
 */
export async function* groupedRecords(
  records: AsyncIterable<ReadRecord>,
  { columns, values, ordered, alone }: Grouping,
): AsyncGenerator<ReadRecord> {
  const seen = new Set<string>();
  let open: ImportRecord[] = [];
  let key: string | undefined;
  /** Line of the row before them that cannot be read; of the first one where rows are ordered. */
  let broken: number | undefined;

  function* closed(brokenAfter?: number): Generator<ReadRecord> {
    const rows = open;
    open = [];
    const beside = broken ?? brokenAfter;
    if (!ordered) broken = undefined;
    if (rows.length === 0) return;
    const apart = key !== undefined && seen.has(key);
    if (key !== undefined) seen.add(key);
    if (apart)
      yield* rejectedRows(
        rows,
        `has the same ${columns.join(', ')} as rows before it that it does not follow; put them together with "order"`,
      );
    else if (key !== undefined && beside !== undefined)
      yield* rejectedRows(
        rows,
        `${ordered ? 'may lack' : 'is beside'} line ${beside}, which cannot be read and may belong to the same ${columns.join(', ')}; correct that line first`,
      );
    else yield { kind: 'row', row: groupOf(rows, columns) };
  }

  for await (const record of records) {
    if (record.kind === 'unreadable') {
      yield* closed(record.row.line);
      broken = ordered ? (broken ?? record.row.line) : record.row.line;
      yield record;
      continue;
    }
    const of = alone(record.row) ? undefined : keyOf(record.row, values);
    if (open.length > 0 && (of === undefined || of !== key)) yield* closed();
    key = of;
    open.push(record.row);
  }
  yield* closed();
}

const keyOf = (row: ImportRecord, readers: Grouping['values']): string | undefined => {
  const values = readers.map((read) => read(row));
  return values.includes(undefined) ? undefined : hash('sha256', JSON.stringify(values), 'base64').slice(0, 20);
};

function* rejectedRows(rows: readonly ImportRecord[], problem: string): Generator<ReadRecord> {
  for (const { file, line, end, mended, original } of rows) yield unreadable(file, line, problem, original(), { end, mended });
}

/** Its columns are those in which its rows agree. */
function groupOf(rows: readonly ImportRecord[], columns: readonly string[]): ImportRecord {
  const [first, ...others] = rows as [ImportRecord, ...ImportRecord[]];
  if (others.length === 0) return first;
  let { end } = first;
  for (const row of others) if (row.after !== undefined && row.after === end) end = row.end ?? row.line;
  const get = (column: string) => {
    const value = first.get(column);
    const other = others.find((row) => row.get(column) !== value);
    if (other)
      throw new RowProblem(
        `column ${column} differs between lines ${first.line} and ${other.line} of one ${columns.join(', ')}; read it with $lines or $sum`,
      );
    return value;
  };
  return { ...first, end, get, group: rows };
}
