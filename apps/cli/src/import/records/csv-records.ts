import { CliError } from '../../terminal/cli-error.js';
import type { CsvFormat } from '../mapping/mapping.js';
import { parseRowReference } from '../memory/import-identity.js';
import { type CsvRow, csvRows } from './csv-rows.js';
import type { ReadRecord } from './import-record.js';
import type { InputFile } from './input-file.js';
import { physicalLines } from './physical-lines.js';
import { IMPORT_COLUMN, namedFields, rejectColumnsOf, textRow, unreadable } from './row.js';

/** The columns alone, to complain about them before anything is appended. */
export const readCsvHeader = async (file: InputFile, format: CsvFormat): Promise<readonly string[]> =>
  (await readHeader(file, await withOwnDelimiter(file, format))).columns;

interface Header {
  readonly columns: readonly string[];
  /** Fields of every row: a header that ends with delimiters has more than columns. */
  readonly width: number;
}

async function readHeader(file: InputFile, format: CsvFormat): Promise<Header> {
  for await (const row of rowsOf(file, format)) {
    const columns = format.header === false ? (format.columns ?? []) : row.values;
    if (row.problem && columns === row.values)
      throw new CliError(`${file.path}: line ${row.line} must name the columns, but it ${row.problem}`);
    return { columns: assertColumns(withoutBlankEnd(columns), file.path), width: columns.length };
  }
  throw new CliError(
    `${file.path} has no row${format.header === false ? '; there is nothing to import' : ': the first one must name the columns'}`,
  );
}

/** Excel says in a line before the header what the delimiter is; a spreadsheet that saves the file gives the line as many fields as the others. */
const SEP = /^"?sep=(.)"?\1*$/i;

async function withOwnDelimiter(file: InputFile, format: CsvFormat): Promise<CsvFormat> {
  for await (const [first] of physicalLines(file, format.encoding ?? 'utf-8')) {
    const own = SEP.exec(first?.text ?? '')?.[1];
    if (own === undefined) return format;
    if ((format.delimiter ?? own) !== own)
      throw new CliError(`${file.path} says in its first line that its delimiter is "${own}", but the mapping says "${format.delimiter}"`);
    return { ...format, delimiter: own };
  }
  return format;
}

async function* rowsOf(file: InputFile, format: CsvFormat): AsyncGenerator<CsvRow> {
  for await (const row of csvRows(physicalLines(file, format.encoding ?? 'utf-8'), format))
    if (row.line > 1 || !SEP.test(row.values.join(format.delimiter))) yield row;
}

/** @throws CliError for a file that cannot be read on; a row that cannot be read is answered as such */
export async function* csvRecords(file: InputFile, given: CsvFormat): AsyncGenerator<ReadRecord> {
  const format = await withOwnDelimiter(file, given);
  const header = await readHeader(file, format);
  const columns = new Map(header.columns.map((name, index) => [name, index] as const));
  const rejects = rejectColumnsOf(header.columns);
  let headerPassed = format.header === false;
  for await (const row of rowsOf(file, format)) {
    if (headerPassed) yield toRecord(row.lines ? judged(row, row.lines, header.width, format) : row, file, columns, header.width, rejects);
    headerPassed = true;
  }
}

/**
 * Two stray quotes make one field of the rows between them. So where each physical line of a row, or one within it, has as many fields as the
 * header by its delimiters alone, the row is rejected, unless the mapping says that fields are such texts.
 */
function judged(row: CsvRow, lines: readonly string[], columns: number, { delimiter = ',', multiline = false }: CsvFormat): CsvRow {
  if (multiline || columns < 2) return row;
  const whole = lines.map((line) => line.split(delimiter).length === columns);
  const within = columns > 2 && whole.slice(1, -1).includes(true);
  if (!within && whole.includes(false)) return row;
  const problem = `is one row of the lines ${row.line} to ${row.end}, which look like rows of their own: check the quotes, or set "multiline": true in the source if the field is such a text`;
  return { ...row, values: [lines.join('\n')], problem };
}

function toRecord(
  row: CsvRow,
  file: InputFile,
  columns: ReadonlyMap<string, number>,
  width: number,
  rejects: readonly string[] | undefined,
): ReadRecord {
  const [originalFile = '', originalLine] = row.values;
  const known = rejects && originalFile !== '' && /^[1-9]\d*$/.test(originalLine ?? '');
  const [name, line] = known ? [originalFile, Number(originalLine)] : [file.name, row.line];
  const mended = rejects && { ...parseRowReference(row.values[columns.get(IMPORT_COLUMN) ?? -1] ?? ''), at: row.line };
  const end = rejects ? undefined : row.end;
  if (row.problem !== undefined) {
    // The whole text is the one value: in a rejects file it stands in the first column that comes again in the next.
    const values = rejects ? [...rejects.map(() => ''), ...row.values] : row.values;
    return unreadable(name, line, row.problem, namedFields(columns, values), { mended, end });
  }
  const surplus = row.values.slice(columns.size);
  const mayBe = (column: string) => {
    const index = columns.get(column);
    if (index === undefined) return undefined;
    return surplus.length > 0 ? row.values.slice(index, index + surplus.length + 1) : row.values.slice(rejects?.length ?? 0, index + 1);
  };
  const rejected = (problem: string) => unreadable(name, line, problem, namedFields(columns, row.values), { surplus, mayBe, mended, end });
  if (rejects && !known) return rejected('letopis_file and letopis_line name the origin of the row; do not change them');
  // Emptied by who mended the row; a spreadsheet gives every row as many fields as the longest has.
  const emptied = surplus.every((value) => value === '') && (rejects || row.values.length === width);
  if (row.values.length < (rejects ? columns.size : width) || (surplus.length > 0 && !emptied))
    return rejected(wrongLength(row.values, width));
  return textRow(name, line, columns, row.values, { mended, end });
}

function wrongLength(values: readonly string[], width: number): string {
  if (values.length === width) return 'has a value in a column without a name';
  const ended =
    values.length === width + 1 && values.at(-1) === '' ? '; if every row ends with a delimiter, end the header with one too' : '';
  return `has ${values.length} fields where the header has ${width}${ended}`;
}

/** Lines may end with delimiters. Over the surplus fields of a rejects file a spreadsheet writes empty names. */
const withoutBlankEnd = (columns: readonly string[]) => columns.slice(0, columns.findLastIndex((name) => name !== '') + 1);

function assertColumns(columns: readonly string[], file: string): readonly string[] {
  if (columns.some((name) => name.includes('\r')))
    throw new CliError(`${file} ends its lines with carriage returns only; save it with line feeds`);
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) {
    const times = columns.filter((name) => name === twice).length;
    throw new CliError(`${file}: the column ${JSON.stringify(twice)} occurs ${times} times in the header; column names must be unique`);
  }
  const nameless = columns.findIndex((name) => name.trim() === '');
  if (nameless >= 0) throw new CliError(`${file}: column ${nameless + 1} of the header has no name`);
  return columns;
}
