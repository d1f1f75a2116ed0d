import { CliError } from '../../terminal/cli-error.js';
import type { CsvFormat, SourceFormat } from '../mapping/mapping.js';
import { csvRecords, readCsvHeader } from './csv-records.js';
import type { ReadRecord } from './import-record.js';
import type { InputFile } from './input-file.js';
import { lineRecords, mendedLines, patternColumns } from './line-records.js';
import { ndjsonRecords } from './ndjson-records.js';

/** `rejects` is the dialect of the file where it is a rejects file. */
export function openRecords(file: InputFile, format: SourceFormat, rejects: CsvFormat | undefined): AsyncGenerator<ReadRecord> {
  switch (format.format) {
    case 'csv':
      return csvRecords(file, rejects ?? format);
    case 'ndjson':
      return ndjsonRecords(file);
    case 'lines':
      return rejects ? mendedLines(file, rejects, format) : lineRecords(file, format);
  }
}

/** Rejects a file that lacks a column which the mapping reads, before anything is appended. NDJSON has no header to look at. */
export async function assertColumnsPresent(
  file: InputFile,
  format: SourceFormat,
  rejects: CsvFormat | undefined,
  wanted: ReadonlySet<string>,
): Promise<void> {
  if (format.format === 'ndjson') return;
  const present = format.format === 'csv' ? await readCsvHeader(file, rejects ?? format) : patternColumns(format.pattern);
  const missing = [...wanted].filter((column) => !present.includes(column));
  if (missing.length === 0) return;
  const [only = ''] = present;
  const delimiter = format.format === 'csv' && present.length === 1 && [';', '\t', '|', ','].find((one) => only.includes(one));
  if (delimiter)
    throw new CliError(`${file.path} has the one column ${JSON.stringify(only)}: set source.delimiter to ${JSON.stringify(delimiter)}`);
  const what = format.format === 'csv' ? `${file.path} lacks` : 'source.pattern lacks groups for';
  throw new CliError(
    `${what} the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')} that the mapping reads; it has ${present.join(', ')}`,
  );
}
