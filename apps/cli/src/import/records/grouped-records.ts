import type { GroupWatch } from './group-watch.js';
import { createKnownGroups, type Group, type Grouping, groupIn } from './grouping.js';
import { type ImportRecord, type ReadRecord, RowProblem } from './import-record.js';
import { unreadable } from './row.js';

/**
 * Rows that follow one another with the same values in these columns are one row, such as the lines of an invoice; a row without such a value
 * is one by itself. Whatever might leave a line out rejects all of them: lines that are found later, and a line beside them that cannot be
 * read; where rows are ordered, what the watch says of them.
 */
export async function* groupedRecords(
  records: AsyncIterable<ReadRecord>,
  grouping: Grouping,
  watch?: GroupWatch,
): AsyncGenerator<ReadRecord> {
  const { columns } = grouping;
  const seen = createKnownGroups();
  let open: ImportRecord[] = [];
  let group: Group | undefined;
  /** Line of the row before them that cannot be read. */
  let broken: number | undefined;

  function problemOf(of: Group, brokenAfter: number | undefined): string | undefined {
    if (watch) return watch.problemOf(of, open.length);
    if (seen.has(of)) return `has the same ${columns.join(', ')} as rows before it that it does not follow; put them together with "order"`;
    const beside = broken ?? brokenAfter;
    return beside === undefined
      ? undefined
      : `is beside line ${beside}, which cannot be read and may belong to the same ${columns.join(', ')}; correct that line first`;
  }

  function* closed(brokenAfter?: number): Generator<ReadRecord> {
    const problem = group && open.length > 0 ? problemOf(group, brokenAfter) : undefined;
    const rows = open;
    open = [];
    broken = undefined;
    if (rows.length === 0) return;
    if (group && !watch) seen.add(group);
    if (problem === undefined) yield { kind: 'row', row: groupOf(rows, columns) };
    else yield* rejectedRows(rows, problem);
  }

  for await (const record of records) {
    if (record.kind === 'unreadable') {
      yield* closed(record.row.line);
      broken = record.row.line;
      yield record;
      continue;
    }
    const of = groupIn(record.row, grouping);
    if (open.length > 0 && (of === undefined || of.key !== group?.key)) yield* closed();
    group = of;
    open.push(record.row);
  }
  yield* closed();
}

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
