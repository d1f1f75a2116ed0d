import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { inUtf8 } from './encoding.js';
import { type InputFile, inputProblem, NEWLINE, readBytes } from './input-file.js';
import { assertLength } from './physical-lines.js';

export interface Measured {
  /** Hex, of the file as it lies there. */
  readonly sha256: string;
  /** Hex, of the file as it is unpacked. */
  readonly contentSha256: string;
  readonly lines: number;
}

/**
 * Reads the file to its end: an archive that is cut off or damaged, bytes that its encoding does not know and lines without an end are
 * rejected before any of it is applied.
 */
export async function measure(file: InputFile, encoding: string): Promise<Measured> {
  const content = createHash('sha256');
  let lines = 0;
  /** Bytes of the line that has begun. */
  let begun = 0;
  try {
    for await (const chunk of inUtf8(hashed(readBytes(file), content), file, encoding)) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        assertLength(begun + end - start, lines + 1, file);
        lines += 1;
        begun = 0;
        start = end + 1;
      }
      begun += chunk.length - start;
      assertLength(begun, lines + 1, file);
    }
    const contentSha256 = content.digest('hex');
    const sha256 = file.packed ? await hashOfFile(file) : contentSha256;
    return { sha256, contentSha256, lines: begun === 0 ? lines : lines + 1 };
  } catch (error) {
    throw inputProblem(file.path, error);
  }
}

async function hashOfFile({ path }: InputFile): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
