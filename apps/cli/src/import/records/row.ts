import type { MendedRow, ReadRecord, UnreadableRecord } from './import-record.js';

const formerColumns = ['letopis_file', 'letopis_line', 'letopis_reason', 'letopis_applied'] as const;
export const IMPORT_COLUMN = 'letopis_import';

/** Columns that a rejects file has before those of the original; with them a mended rejects file keeps the identity of its rows. */
export const rejectColumns = [...formerColumns, IMPORT_COLUMN] as const;

/** Those of the header of a rejects file, which may come from before imports had numbers; undefined for any other header. */
export const rejectColumnsOf = (header: readonly string[]): readonly (typeof rejectColumns)[number][] | undefined => {
  if (!formerColumns.every((name, index) => header[index] === name)) return undefined;
  return header[formerColumns.length] === IMPORT_COLUMN ? rejectColumns : formerColumns;
};

interface MoreOfRow {
  readonly mended?: MendedRow | undefined;
  readonly end?: number | undefined;
}

/** A row of texts under the names of their columns. */
export function textRow(
  file: string,
  line: number,
  columns: ReadonlyMap<string, number>,
  values: readonly string[],
  { mended, end }: MoreOfRow,
): ReadRecord {
  const get = (column: string) => {
    const index = columns.get(column);
    return index === undefined ? undefined : values[index];
  };
  return { kind: 'row', row: { file, line, end, get, original: () => namedFields(columns, values), ...(mended && { mended }) } };
}

export const unreadable = (
  file: string,
  line: number,
  problem: string,
  original: Readonly<Record<string, unknown>>,
  { surplus = [], mayBe, mended, end }: MoreOfRow & Partial<Pick<UnreadableRecord, 'surplus' | 'mayBe'>> = {},
): ReadRecord => ({
  kind: 'unreadable',
  row: { file, line, end, problem, original: () => original, surplus, mayBe, ...(mended && { mended }) },
});

export function namedFields(columns: ReadonlyMap<string, number>, values: readonly string[]): Readonly<Record<string, string>> {
  const named = [...columns].map(([name, index]) => [name, values[index] ?? ''] as const);
  return Object.fromEntries(named.filter(([name]) => !(rejectColumns as readonly string[]).includes(name)));
}

export const brokenUtf8 = (line: number, byte: number) =>
  `has bytes that are not UTF-8: line ${line}, byte ${byte} of it; save the file as UTF-8, or name its encoding in the mapping`;
