import { isUtf8 } from 'node:buffer';
import { CliError } from '../../terminal/cli-error.js';
import { inUtf8 } from './encoding.js';
import { type InputFile, inputProblem, NEWLINE, readBytes } from './input-file.js';

export interface PhysicalLine {
  /** From 1. */
  readonly line: number;
  /** Without its line end; wrong bytes stand as U+FFFD. */
  readonly text: string;
  /** Place in the line, from 1, of the first byte that is no UTF-8. */
  readonly wrongByte?: number;
}

/** No honest line is longer; a binary file without newlines must not fill the memory. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** In bytes of UTF-8. */
export function assertLength(length: number, line: number, file: InputFile): void {
  if (length > LONGEST_LINE)
    throw new CliError(`${file.path}: line ${line} is longer than ${LONGEST_LINE / 1024 / 1024} MiB; is this a text file?`);
}

/** The lines of a file, a chunk at a time, without a byte order mark. @throws CliError where the file cannot be read on */
export async function* physicalLines(file: InputFile, encoding: string): AsyncGenerator<readonly PhysicalLine[]> {
  const bytes = readBytes(file);
  let line = 1;
  let rest: Buffer[] = [];
  let restLength = 0;
  const take = (buffer: Buffer) => {
    const lines = split(buffer, line);
    line += lines.length;
    return lines;
  };
  try {
    for await (const chunk of inUtf8(bytes as AsyncIterable<Buffer>, file, encoding)) {
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        yield take(Buffer.concat([...rest, chunk.subarray(0, end - 1)]));
        rest = [];
        restLength = 0;
      }
      rest.push(chunk.subarray(end));
      restLength += chunk.length - end;
      assertLength(restLength, line, file);
    }
    if (restLength > 0) yield take(Buffer.concat(rest));
  } catch (error) {
    throw inputProblem(file.path, error);
  } finally {
    bytes.destroy();
  }
}

function split(buffer: Buffer, first: number): PhysicalLine[] {
  if (isUtf8(buffer))
    return buffer
      .toString('utf8')
      .split('\n')
      .map((text, index) => cleaned(text, first + index));
  const lines: PhysicalLine[] = [];
  for (let start = 0; start <= buffer.length; ) {
    const newline = buffer.indexOf(NEWLINE, start);
    const end = newline < 0 ? buffer.length : newline;
    const bytes = buffer.subarray(start, end);
    const wrongByte = firstWrongByte(bytes);
    lines.push({ ...cleaned(bytes.toString('utf8'), first + lines.length), ...(wrongByte !== undefined && { wrongByte }) });
    start = end + 1;
  }
  return lines;
}

function cleaned(text: string, line: number): PhysicalLine {
  const unmarked = line === 1 ? text.replace(/^\uFEFF/, '') : text;
  return { line, text: unmarked.endsWith('\r') ? unmarked.slice(0, -1) : unmarked };
}

function firstWrongByte(line: Buffer): number | undefined {
  if (isUtf8(line)) return undefined;
  for (let at = 0; at < line.length; ) {
    const length = sequenceLength(line[at] ?? 0);
    if (!isUtf8(line.subarray(at, at + length))) return at + 1;
    at += length;
  }
  return undefined;
}

const sequenceLength = (lead: number) => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1);
