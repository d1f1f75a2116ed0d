import { type CardProperty, parseProperty, unfold } from './content-lines.js';

export interface Card {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** `2.1`, `3.0`, `4.0`, or whatever it says. */
  readonly version: string;
  readonly properties: readonly CardProperty[];
  /** The text between BEGIN and END, for its hash and for the rejects file. */
  readonly text: string;
  readonly problem?: string;
}

/** The cards of a file. A card within a card (AGENT of 2.1) belongs to the outer one and is passed over. */
export function parseCards(file: string, bytes: Buffer): readonly Card[] {
  const lines = asLatin1(bytes).split(/\r\n|\n|\r/);
  const cards: Card[] = [];
  let depth = 0;
  let start = 0;
  let stray: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (/^\s*BEGIN\s*:\s*VCARD\s*$/i.test(line)) {
      if (depth === 0) start = index;
      depth += 1;
    } else if (/^\s*END\s*:\s*VCARD\s*$/i.test(line) && depth > 0) {
      depth -= 1;
      if (depth === 0) cards.push(toCard(file, start, lines.slice(start + 1, index)));
    } else if (depth === 0 && line.trim() !== '') stray ??= index;
  }
  if (depth > 0) cards.push(broken(file, start, 'the card has no END:VCARD'));
  if (stray !== undefined) cards.push(broken(file, stray, 'stands outside any card'));
  return cards;
}

/** UTF-16 by its byte order mark; anything else is judged property by property. */
function asLatin1(bytes: Buffer): string {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return Buffer.from(new TextDecoder('utf-16le').decode(bytes), 'utf8').toString('latin1');
  if (first === 0xfe && second === 0xff) return Buffer.from(new TextDecoder('utf-16be').decode(bytes), 'utf8').toString('latin1');
  return (first === 0xef && second === 0xbb && third === 0xbf ? bytes.subarray(3) : bytes).toString('latin1');
}

function toCard(file: string, start: number, lines: readonly string[]): Card {
  const text = lines.join('\n');
  const unfolded = unfold(outermost(lines));
  const version = unfolded.map((line) => /^VERSION\s*:\s*(\S+)/i.exec(line)?.[1]).find((found) => found !== undefined) ?? '2.1';
  const properties = unfolded.map((line) => parseProperty(line, version)).filter((property) => property !== undefined);
  return { file, line: start + 1, version, properties, text };
}

function outermost(lines: readonly string[]): readonly string[] {
  let depth = 0;
  return lines.filter((line) => {
    if (/^\s*BEGIN\s*:\s*VCARD/i.test(line)) depth += 1;
    const outside = depth === 0;
    if (/^\s*END\s*:\s*VCARD/i.test(line)) depth -= 1;
    return outside;
  });
}

const broken = (file: string, line: number, problem: string): Card => ({
  file,
  line: line + 1,
  version: '',
  properties: [],
  text: '',
  problem,
});
