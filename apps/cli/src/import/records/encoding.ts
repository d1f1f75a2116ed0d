import { CliError } from '../../terminal/cli-error.js';
import { type InputFile, NEWLINE, readBytes } from './input-file.js';

const UTF8 = new Set(['utf-8', 'utf8']);

/**
 * The bytes of a file in UTF-8. UTF-16 is known by its byte order mark, or by its zero bytes, whatever encoding is named. The bytes of a UTF-8
 * file are not judged here; any other encoding is not judged row by row: a byte that it does not know means that nothing of the file can be
 * trusted. @throws CliError that names the line
 */
export async function* inUtf8(bytes: AsyncIterable<Buffer>, file: InputFile, encoding: string): AsyncGenerator<Buffer> {
  let actual: string | undefined;
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  try {
    for await (const chunk of bytes) {
      if (actual === undefined) {
        actual = utf16Of(chunk) ?? encoding;
        if (!UTF8.has(actual.toLowerCase())) decoder = new TextDecoder(actual, { fatal: true });
      }
      yield decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk;
    }
    if (decoder) yield Buffer.from(decoder.decode());
  } catch (error) {
    if (!isWrongByte(error)) throw error;
    const line = await lineOfWrongByte(file, actual!);
    const named = actual === encoding ? 'which the mapping names as the encoding of the file' : 'although it begins as such a text';
    throw new CliError(`${file.path}: line ${line} has bytes that are not ${actual}, ${named}`);
  }
}

/** So much of a file is looked at for zero bytes: UTF-8 has none, and in UTF-16 ends of lines and delimiters have one each. */
const LOOKED_AT = 4_096;

function utf16Of(start: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  const end = Math.min(start.length, LOOKED_AT);
  for (let at = 0; at < end; at++) if (start[at] === 0) zeros[at % 2]! += 1;
  const [even, odd] = zeros as [number, number];
  if (Math.max(even, odd) * 20 < end || Math.min(even, odd) > 0) return undefined;
  return odd > 0 ? 'utf-16le' : 'utf-16be';
}

/** The decoder does not say where it gave up: the file is read again, a line at a time. */
async function lineOfWrongByte(file: InputFile, encoding: string): Promise<number> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  for await (const chunk of readBytes(file) as AsyncIterable<Buffer>) {
    for (let start = 0; start < chunk.length; ) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline + 1;
      try {
        line += decoder.decode(chunk.subarray(start, end), { stream: true }).split('\n').length - 1;
      } catch {
        return line;
      }
      start = end;
    }
  }
  return line;
}

const isWrongByte = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA';

/** `member` is where the mapping names it. */
export function assertEncoding(encoding: string, member: string): void {
  try {
    new TextDecoder(encoding);
  } catch {
    throw new CliError(`mapping: ${member} "${encoding}" is unknown; use a label such as utf-8, windows-1251, iso-8859-2 or utf-16le`);
  }
}
