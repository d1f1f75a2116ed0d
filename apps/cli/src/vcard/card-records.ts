import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { inUtf8 } from '../import/records/encoding.js';
import type { ReadRecord } from '../import/records/import-record.js';
import { inputProblem, inspectInputFile, readBytes } from '../import/records/input-file.js';
import { CliError } from '../terminal/cli-error.js';
import { type Card, parseCards } from './card.js';

/** Cards of all files; the text of the card is its one column. */
export const CARD_COLUMN = 'card';
/** An address book with photos is read at once. */
const LARGEST = 256 * 1024 * 1024;

/** More than any file has, so that lines of files that are imported together are counted on. */
const LINES_APART = 1_000_000_000;

export interface ReadCards {
  readonly cards: readonly Card[];
  /** Hex, of the one file, or of the hashes of several. */
  readonly sha256: string;
}

/**
 * @param encoding of bytes that are no UTF-8 and have no CHARSET
 * @throws CliError for a file that cannot be read or has no card, before anything of any file is appended
 */
export async function readCards(paths: readonly string[], encoding: string): Promise<ReadCards> {
  const cards: Card[] = [];
  const hashes: string[] = [];
  for (const [index, path] of paths.entries()) {
    const { bytes, text } = await readBook(path);
    const found = parseCards(path, text, encoding);
    if (!found.some(({ problem }) => problem === undefined)) throw new CliError(`${path} contains no vCard (BEGIN:VCARD … END:VCARD)`);
    for (const card of found) cards.push({ ...card, row: index * LINES_APART + card.line });
    hashes.push(hash('sha256', bytes, 'hex'));
  }
  return { cards, sha256: hashes.length === 1 ? hashes[0]! : hash('sha256', hashes.join(), 'hex') };
}

/** The bytes of a file, unpacked, and the same as UTF-8 where they are UTF-16. */
async function readBook(path: string): Promise<{ readonly bytes: Buffer; readonly text: Buffer }> {
  const file = await inspectInputFile(path);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of readBytes(file) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LARGEST) throw new CliError(`${path} is larger than ${LARGEST / 1024 / 1024} MiB; split it`);
      chunks.push(chunk);
    }
    const text: Buffer[] = [];
    for await (const chunk of inUtf8(Readable.from(chunks), file, 'utf-8')) text.push(chunk);
    return { bytes: Buffer.concat(chunks), text: Buffer.concat(text) };
  } catch (error) {
    throw inputProblem(path, error);
  }
}

export function toRecord(card: Card, after: number): ReadRecord {
  const original = () => ({ [CARD_COLUMN]: card.text });
  const { file, line, row } = card.origin ?? card;
  const own = { end: card.row + card.lines - 1, after };
  const place = { file, line, row, ...(card.origin ? { mended: { import: card.origin.import, at: card.row } } : own) };
  return card.problem
    ? { kind: 'unreadable', row: { ...place, problem: card.problem, original, surplus: [] } }
    : { kind: 'row', row: { ...place, get: () => card.text, original } };
}
