import { CliError } from '../../terminal/cli-error.js';
import type { CsvFormat } from '../mapping/mapping.js';
import { csvRecords, readCsvHeader } from '../records/csv-records.js';
import { type InputFile, inspectInputFile } from '../records/input-file.js';
import { physicalLines } from '../records/physical-lines.js';
import { createColumnFacts } from './column-facts.js';
import { type Suggestion, suggestMapping } from './suggest-mapping.js';

/** A starter mapping for a CSV file, which is read to its end: what is suggested fits every row. @throws CliError */
export async function suggestFor(path: string): Promise<Suggestion> {
  const file = await inspectInputFile(path);
  const { format, notes } = await formatOf(file);
  const names = await readCsvHeader(file, format);
  const columns = names.map((name) => ({ name, facts: createColumnFacts(name) }));
  let unreadable = 0;
  for await (const record of csvRecords(file, format)) {
    if (record.kind === 'unreadable') unreadable += 1;
    else for (const { name, facts } of columns) facts.add(record.row.get(name));
  }
  const suggestion = suggestMapping(
    systemOf(file),
    format,
    columns.map(({ facts }) => facts.result()),
  );
  const rows = unreadable > 0 ? [`${unreadable} rows cannot be read and will be rejected`] : [];
  return { ...suggestion, notes: [...notes, ...rows, ...suggestion.notes] };
}

const DELIMITERS = [',', ';', '\t', '|'];

async function formatOf(file: InputFile): Promise<{ readonly format: CsvFormat; readonly notes: readonly string[] }> {
  let header: string | undefined;
  let broken = false;
  for await (const batch of physicalLines(file, 'utf-8')) {
    header ??= batch[0]?.text;
    broken ||= batch.some(({ wrongByte }) => wrongByte !== undefined);
  }
  if (header?.startsWith('{')) throw new CliError(`${file.path} is not CSV but JSON; --suggest reads CSV only`);
  const count = (delimiter: string) => header?.split(delimiter).length ?? 0;
  const [delimiter = ','] = DELIMITERS.toSorted((a, b) => count(b) - count(a));
  const named = !/^"?sep=/i.test(header ?? '') && delimiter !== ',';
  return {
    format: { format: 'csv', ...(named && { delimiter }), ...(broken && { encoding: 'windows-1252' }) },
    notes: broken ? ['the file is not UTF-8; its encoding windows-1252 is a guess, so check names with accents'] : [],
  };
}

/** As the schema of mappings wants it. */
const systemOf = ({ name }: InputFile): string =>
  name
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60) || 'import';
