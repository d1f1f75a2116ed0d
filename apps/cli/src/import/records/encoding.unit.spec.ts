import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inspectInputFile } from './input-file.js';
import { measure } from './measure.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-encoding-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function measured(content: Buffer, encoding: string) {
  const file = path.join(folder, 'f.csv');
  writeFileSync(file, content);
  return measure(await inspectInputFile(file), encoding);
}

describe('a file that is measured before it is imported', () => {
  const utf16 = (text: string) => Buffer.from(text, 'utf16le');
  it.each<[encoding: string, content: Buffer, line: number]>([
    ['gbk', Buffer.from('a\nb\xc4\nc\n', 'latin1'), 2],
    ['gbk', Buffer.from(`${'a'.repeat(99)}\n`.repeat(30_000).concat('\xc4'), 'latin1'), 30_001],
    ['utf-16le', Buffer.concat([utf16('a\nb\nc'), Buffer.from([0x00, 0xd8]), utf16('\n')]), 3],
    ['utf-16le', Buffer.concat([utf16('a\n'), Buffer.from([0x61])]), 2],
  ])('of %s names the line that the encoding does not know', async (encoding, content, line) => {
    await expect(measured(content, encoding)).rejects.toThrow(`line ${line} has bytes that are not ${encoding}`);
  });

  it('has its lines counted in its encoding', async () => {
    // U+0A00 and U+000A have the byte of a line feed both.
    expect(await measured(utf16('\u0a00\nb\nc'), 'utf-16le')).toMatchObject({ lines: 3 });
    expect(await measured(Buffer.from('a\n\nb\n'), 'utf-8')).toMatchObject({ lines: 3 });
  });

  it('may have long lines, but none without an end', async () => {
    const long = Buffer.alloc(16 * 1024 * 1024, 'x');
    await expect(measured(Buffer.concat([Buffer.from('a\n'), long]), 'utf-8')).resolves.toMatchObject({ lines: 2 });
    await expect(measured(Buffer.concat([Buffer.from('a\n'), long, Buffer.from('x\nb')]), 'utf-8')).rejects.toThrow('line 2 is longer');
  });
});
