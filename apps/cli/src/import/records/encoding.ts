import { CliError } from '../../terminal/cli-error.js';
import { type InputFile, NEWLINE, readBytes } from './input-file.js';

const UTF8 = new Set(['utf-8', 'utf8']);

/**
 * The bytes of a file in UTF-8. Those of a UTF-8 file are not judged here; any other encoding is not judged row by row: a byte that it does
 * not know means that nothing of the file can be trusted. @throws CliError that names the line
 */
export async function* inUtf8(bytes: AsyncIterable<Buffer>, file: InputFile, encoding: string): AsyncGenerator<Buffer> {
  if (UTF8.has(encoding.toLowerCase())) {
    yield* bytes;
    return;
  }
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of bytes) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
  } catch (error) {
    if (!isWrongByte(error)) throw error;
    const line = await lineOfWrongByte(file, encoding);
    throw new CliError(
      `${file.path}: line ${line} has bytes that are not ${encoding}, which the mapping names as the encoding of the file`,
    );
  }
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
