import type { ReadRecord } from './import-record.js';

/** Columns that a rejects file has before those of the original; with them a mended rejects file keeps the identity of its rows. */
export const rejectColumns = ['letopis_file', 'letopis_line', 'letopis_reason', 'letopis_applied'] as const;

export const isRejectsHeader = (columns: readonly string[]) => rejectColumns.every((name, index) => columns[index] === name);

/** A row of texts under the names of their columns. */
export function textRow(file: string, line: number, columns: ReadonlyMap<string, number>, values: readonly string[]): ReadRecord {
  const get = (column: string) => {
    const index = columns.get(column);
    return index === undefined ? undefined : values[index];
  };
  return { kind: 'row', row: { file, line, get, original: () => namedFields(columns, values) } };
}

export const unreadable = (
  file: string,
  line: number,
  problem: string,
  original: Readonly<Record<string, unknown>>,
  surplus: readonly string[] = [],
): ReadRecord => ({
  kind: 'unreadable',
  row: { file, line, problem, original: () => original, surplus },
});

export function namedFields(columns: ReadonlyMap<string, number>, values: readonly string[]): Readonly<Record<string, string>> {
  const named = [...columns].map(([name, index]) => [name, values[index] ?? ''] as const);
  return Object.fromEntries(named.filter(([name]) => !(rejectColumns as readonly string[]).includes(name)));
}

export const brokenUtf8 = (line: number, byte: number) =>
  `has bytes that are not UTF-8: line ${line}, byte ${byte} of it; save the file as UTF-8, or name its encoding in the mapping`;
