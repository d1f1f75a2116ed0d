import type { ReadRecord } from './import-record.js';
import type { InputFile } from './input-file.js';
import { physicalLines } from './physical-lines.js';
import { brokenUtf8, rejectColumns, unreadable } from './row.js';

/** One JSON object a line. A column is the name of a member, or a JSON pointer (RFC 6901) such as `/address/city`. */
export async function* ndjsonRecords(file: InputFile): AsyncGenerator<ReadRecord> {
  for await (const batch of physicalLines(file, 'utf-8')) {
    for (const { line, text, wrongByte } of batch) {
      if (wrongByte !== undefined) yield unreadable(file.name, line, brokenUtf8(line, wrongByte), { text });
      else if (text.trim() !== '') yield toRecord(file.name, line, text);
    }
  }
}

function toRecord(name: string, line: number, text: string): ReadRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return unreadable(name, line, `is not JSON: ${(error as Error).message}`, { text });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return unreadable(name, line, 'is not a JSON object', { text });
  const { letopis_file, letopis_line, ...others } = json as Record<string, unknown>;
  const original = Object.fromEntries(Object.entries(others).filter(([member]) => !(rejectColumns as readonly string[]).includes(member)));
  const mended = typeof letopis_file === 'string' && Number.isSafeInteger(letopis_line);
  return {
    kind: 'row',
    row: {
      file: mended ? letopis_file : name,
      line: mended ? (letopis_line as number) : line,
      get: (column) => asText(column.startsWith('/') ? pointed(original, column) : member(original, column)),
      original: () => original,
    },
  };
}

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
