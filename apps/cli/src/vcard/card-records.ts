import { readFile } from 'node:fs/promises';
import type { ReadRecord } from '../import/records/import-record.js';
import { inputProblem, inspectInputFile } from '../import/records/input-file.js';
import { unreadable } from '../import/records/row.js';
import { CliError } from '../terminal/cli-error.js';
import { type Card, parseCards } from './card.js';

/** Cards of all files; the text of the card is its one column. */
export const CARD_COLUMN = 'card';
/** An address book with photos is read at once. */
const LARGEST = 256 * 1024 * 1024;

/**
 * @param encoding of bytes that are no UTF-8 and have no CHARSET
 * @throws CliError for a file that cannot be read or has no card, before anything of any file is appended
 */
export async function readCards(paths: readonly string[], encoding: string): Promise<readonly Card[]> {
  const cards: Card[] = [];
  for (const path of paths) {
    const file = await inspectInputFile(path);
    if (file.size > LARGEST) throw new CliError(`${path} is larger than ${LARGEST / 1024 / 1024} MiB; divide it`);
    const bytes = await readFile(path).catch((error) => {
      throw inputProblem(path, error);
    });
    const found = parseCards(path, bytes, encoding);
    if (!found.some(({ problem }) => problem === undefined))
      throw new CliError(`${path} has no vCard: no BEGIN:VCARD … END:VCARD stands in it`);
    cards.push(...found);
  }
  return cards;
}

export function toRecord(card: Card): ReadRecord {
  const original = () => ({ [CARD_COLUMN]: card.text });
  if (card.problem) return unreadable(card.file, card.line, card.problem, original());
  return { kind: 'row', row: { file: card.file, line: card.line, get: () => card.text, original } };
}
