import path from 'node:path';
import { CliError } from '../../terminal/cli-error.js';
import type { LookupFile } from '../mapping/mapping.js';
import { csvRecords, readCsvHeader } from '../records/csv-records.js';
import { inspectInputFile } from '../records/input-file.js';

/** A second file, small enough to be held: rows by the value of one column. */
export interface LookupTable {
  readonly file: string;
  readonly columns: readonly string[];
  has(key: string): boolean;
  /** Without the blanks around it; undefined where it is empty or says that it is missing. */
  get(key: string, column: string): string | undefined;
}

/** @throws CliError when a key stands twice, because then no answer would be the right one */
export async function loadLookup(name: string, lookup: LookupFile): Promise<LookupTable> {
  const file = await inspectInputFile(lookup.file).catch((error: Error) => {
    throw new CliError(`lookup ${name}: ${error.message}; pass another file with --lookup ${name}=<path>`);
  });
  const { delimiter, encoding } = lookup;
  const missing = new Set(lookup.missing);
  const format = { format: 'csv', ...(delimiter && { delimiter }), ...(encoding && { encoding }) } as const;
  const columns = await readCsvHeader(file, format);
  if (!columns.includes(lookup.key))
    throw new CliError(`mapping: lookups.${name}.key "${lookup.key}" must be a column of ${file.path}: ${columns.join(', ')}`);
  const rows = new Map<string, Readonly<Record<string, unknown>>>();
  for await (const record of csvRecords(file, format)) {
    const { row } = record;
    if (record.kind === 'unreadable') throw new CliError(`lookup ${name}: ${file.path} line ${row.line} ${record.row.problem}`);
    const key = record.row.get(lookup.key)?.trim() ?? '';
    if (key === '') continue;
    if (rows.has(key))
      throw new CliError(`lookup ${name}: ${file.path} has ${lookup.key} ${JSON.stringify(key)} twice, at line ${row.line} again`);
    rows.set(key, row.original());
  }
  return {
    file: path.basename(file.path),
    columns,
    has: (key) => rows.has(key.trim()),
    get(key, column) {
      const text = (rows.get(key.trim())?.[column] as string | undefined)?.trim();
      return text && !missing.has(text) ? text : undefined;
    },
  };
}
