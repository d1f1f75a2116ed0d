import type { CsvFormat, LinesFormat } from '../mapping/mapping.js';
import { csvRecords } from './csv-records.js';
import type { MendedRow, ReadRecord } from './import-record.js';
import type { InputFile } from './input-file.js';
import { physicalLines } from './physical-lines.js';
import { brokenUtf8, textRow, unreadable } from './row.js';

const TEXT = 'text';

/** The columns that the groups of the pattern name. */
export function patternColumns(pattern: string): readonly string[] {
  return Object.keys(new RegExp(`${pattern}|`, 'u').exec('')?.groups ?? {});
}

/** Lines that a pattern takes apart. Blank lines are passed over. */
export async function* lineRecords(file: InputFile, format: LinesFormat): AsyncGenerator<ReadRecord> {
  const toRecord = lineReader(format);
  for await (const batch of physicalLines(file, format.encoding ?? 'utf-8')) {
    for (const { line, text, wrongByte } of batch) {
      if (wrongByte !== undefined) yield unreadable(file.name, line, brokenUtf8(line, wrongByte), { [TEXT]: text });
      else if (text.trim() !== '') yield toRecord(file.name, line, text);
    }
  }
}

/** A rejects file of such lines is CSV. */
export async function* mendedLines(file: InputFile, rejects: CsvFormat, format: LinesFormat): AsyncGenerator<ReadRecord> {
  const toRecord = lineReader(format);
  for await (const record of csvRecords(file, rejects))
    yield record.kind === 'row' ? toRecord(record.row.file, record.row.line, record.row.get(TEXT) ?? '', record.row.mended) : record;
}

function lineReader(format: LinesFormat): (name: string, line: number, text: string, mended?: MendedRow) => ReadRecord {
  const pattern = new RegExp(format.pattern, 'u');
  const names = patternColumns(format.pattern);
  const columns = new Map(names.map((name, index) => [name, index] as const));
  return (name, line, text, mended) => {
    const groups = pattern.exec(text)?.groups;
    if (!groups) return unreadable(name, line, 'does not match the pattern in source.pattern', { [TEXT]: text }, { mended });
    const record = textRow(
      name,
      line,
      columns,
      names.map((group) => groups[group] ?? ''),
      { mended },
    );
    return record.kind === 'row' ? { kind: 'row', row: { ...record.row, original: () => ({ [TEXT]: text }) } } : record;
  };
}
