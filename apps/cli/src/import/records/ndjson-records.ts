import { parseRowReference } from '../memory/import-identity.js';
import type { MendedRow, ReadRecord } from './import-record.js';
import type { InputFile } from './input-file.js';
import { physicalLines } from './physical-lines.js';
import { brokenUtf8, IMPORT_COLUMN, rejectColumns, unreadable } from './row.js';

/** A line that cannot be read is kept under this name in the rejects file. */
const TEXT = 'text';

/** One JSON object a line. A column is the name of a member, or a JSON pointer (RFC 6901) such as `/address/city`. */
export async function* ndjsonRecords(file: InputFile): AsyncGenerator<ReadRecord> {
  for await (const batch of physicalLines(file, 'utf-8')) {
    for (const { line, text, wrongByte } of batch) {
      if (wrongByte !== undefined) yield unreadable(file.name, line, brokenUtf8(line, wrongByte), { [TEXT]: text });
      else if (text.trim() !== '') yield toRecord(file.name, line, text);
    }
  }
}

function toRecord(name: string, line: number, text: string, mended?: MendedRow): ReadRecord {
  const json = readObject(text);
  if (typeof json === 'string') return unreadable(name, line, json, { [TEXT]: text }, { mended });
  const { letopis_file, letopis_line } = json;
  const original = Object.fromEntries(Object.entries(json).filter(([member]) => !(rejectColumns as readonly string[]).includes(member)));
  if (typeof letopis_file !== 'string' || !Number.isSafeInteger(letopis_line)) return row(name, line, original, mended);
  const reference = json[IMPORT_COLUMN];
  const from = { ...parseRowReference(typeof reference === 'string' ? reference : ''), at: line };
  const [kept, ...others] = Object.entries(original);
  return kept?.[0] === TEXT && typeof kept[1] === 'string' && others.length === 0
    ? toRecord(letopis_file, letopis_line as number, kept[1], from)
    : row(letopis_file, letopis_line as number, original, from);
}

const LONG_DIGITS = /[\d.]{16}/;

/** A number of more digits than JavaScript keeps would become another one, and two ids the same. */
function exactNumber(_: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined || /e/i.test(source)) return value;
  const written = source.includes('.') ? source.replace(/\.?0+$/, '') : source;
  if (written !== toPlain(value))
    throw new RoundedNumber(`has the number ${source}, which has more digits than a number keeps; write it as a string`);
  return value;
}

class RoundedNumber extends Error {}

/** Or what is wrong with it. */
function readObject(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const json: unknown = LONG_DIGITS.test(text) ? JSON.parse(text, exactNumber as never) : JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Readonly<Record<string, unknown>>)
      : 'is not a JSON object';
  } catch (error) {
    const { message } = error as Error;
    return error instanceof RoundedNumber ? message : `is not JSON: ${message}`;
  }
}

const row = (file: string, line: number, original: Readonly<Record<string, unknown>>, mended?: MendedRow): ReadRecord => ({
  kind: 'row',
  row: {
    file,
    line,
    get: (column) => asText(column.startsWith('/') ? pointed(original, column) : member(original, column)),
    original: () => original,
    ...(mended && { mended }),
  },
});

/** What JSON calls a number is shown as the shortest decimal that gives the same number; amounts that must be exact are written as texts. */
function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? toPlain(value) : undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const toPlain = (value: number) =>
  /e/.test(String(value)) ? value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 }) : String(value);

const member = (value: unknown, name: string) =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;

const pointed = (value: unknown, pointer: string) =>
  pointer
    .slice(1)
    .split('/')
    .reduce<unknown>((inner, part) => member(inner, part.replaceAll('~1', '/').replaceAll('~0', '~')), value);
