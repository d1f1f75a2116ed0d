import { type CardProperty, parseProperty, USUAL_ENCODING, unfold } from './content-lines.js';

export interface Card {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Line at which it begins, over all files that are imported together. */
  readonly row: number;
  /** How many it has, from BEGIN to END. */
  readonly lines: number;
  /** Of one that was rejected before, where it came from first. */
  readonly origin?: CardOrigin;
  /** `2.1`, `3.0`, `4.0`, or whatever it says; the one that it looks like if it does not say. */
  readonly version: string;
  /** It does not say its version, on which depends how its lines are joined. */
  readonly foldedByGuess?: boolean;
  readonly properties: readonly CardProperty[];
  /** Lines that are no property. */
  readonly unread: number;
  /** What stands between BEGIN and END, for its hash and for the rejects file: bytes as latin1. */
  readonly text: string;
  readonly problem?: string;
}

export interface CardOrigin {
  readonly file: string;
  readonly line: number;
  readonly row: number;
  /** Empty where it does not say so. */
  readonly import: string;
}

const BEGIN = /^\s*BEGIN\s*:\s*VCARD\s*$/i;
const END = /^\s*END\s*:\s*VCARD\s*$/i;
const AGENT = /^\s*([A-Za-z0-9-]+\.)?AGENT[^:]*:\s*$/i;
/** What a rejected card says of its rejection; no part of the card, so that it keeps its hash. */
const OURS = /^X-LETOPIS-/i;

/**
 * The cards of a file, and as broken ones what is no whole card. A card within a card stands right after the AGENT of the outer one (2.1) and
 * is passed over; any other BEGIN is that of the next card, so that a lost END costs no other card.
 * @param encoding of bytes that are no UTF-8 and have no CHARSET
 */
export function parseCards(file: string, bytes: Buffer, encoding = USUAL_ENCODING): readonly Card[] {
  const cards: Card[] = [];
  let depth = 0;
  let start = 0;
  let held: string[] = [];
  let before = '';
  const breakOff = () => {
    if (depth > 0) cards.push(broken(place(file, start, held, 1), held, 'the card has no END:VCARD'));
    else if (held.length > 0) cards.push(broken(place(file, start, held, 0), held, 'is outside any card'));
    held = [];
  };
  for (const [index, line] of asLatin1(bytes)
    .split(/\r\n|\n|\r/)
    .entries()) {
    const begins = BEGIN.test(line);
    const ends = END.test(line);
    if (begins && !(depth > 0 && AGENT.test(before))) {
      breakOff();
      start = index;
      depth = 1;
    } else if (ends && depth === 1) {
      cards.push(toCard(file, start, held, encoding));
      held = [];
      depth = 0;
    } else if (depth > 0 || line.trim() !== '') {
      if (depth === 0 && held.length === 0) start = index;
      held.push(line);
      if (depth > 0) depth += begins ? 1 : ends ? -1 : 0;
    }
    before = line;
  }
  breakOff();
  return cards;
}

/** Each property is judged by itself. */
const asLatin1 = (bytes: Buffer): string => {
  const [first, second, third] = bytes;
  return (first === 0xef && second === 0xbb && third === 0xbf ? bytes.subarray(3) : bytes).toString('latin1');
};

function toCard(file: string, start: number, lines: readonly string[], encoding: string): Card {
  const own = lines.filter((line) => !OURS.test(line));
  const said = own.map((line) => /^VERSION\s*:\s*(\S+)/i.exec(line)?.[1]).find((found) => found !== undefined);
  const version = said ?? (own.some((line) => OF_2_1.test(line)) ? '2.1' : '3.0');
  const foldedByGuess = said === undefined && own.some((line, at) => at > 0 && /^[ \t]+\S/.test(line));
  const properties: CardProperty[] = [];
  let unread = 0;
  for (const line of unfold(outermost(own), version)) {
    const property = parseProperty(line, version, encoding);
    if (property) properties.push(property);
    else if (line.trim() !== '' && !(properties.at(-1)?.binary && BASE64.test(line))) unread += 1;
  }
  return { ...place(file, start, lines, 2), version, ...(foldedByGuess && { foldedByGuess }), properties, unread, text: own.join('\n') };
}

/** A parameter without a name, or the encoding that later versions do not have. */
const OF_2_1 = /^[^:]*;(?:[A-Z0-9-]+[;:]|(?:ENCODING=)?QUOTED-PRINTABLE)/i;

/** Of a photo whose lines are not folded. */
const BASE64 = /^[A-Za-z0-9+/]+=*\s*$/;

/** @param around lines that are BEGIN and END */
const place = (file: string, start: number, lines: readonly string[], around: number) => {
  const origin = originOf(lines);
  return { file, line: start + 1, row: start + 1, lines: lines.length + around, ...(origin && { origin }) };
};

/** What the lines of a rejects file say. */
function originOf(lines: readonly string[]): CardOrigin | undefined {
  const said = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^X-LETOPIS-([A-Z]+):(.*)$/i.exec(line) ?? [];
    if (name !== undefined && value !== undefined) said.set(name.toUpperCase(), Buffer.from(value, 'latin1').toString('utf8').trim());
  }
  const file = said.get('FILE');
  const line = Number(said.get('LINE'));
  const row = Number(said.get('ROW') ?? line);
  const isLine = (number: number) => Number.isSafeInteger(number) && number > 0;
  return file && isLine(line) && isLine(row) ? { file, line, row, import: said.get('IMPORT') ?? '' } : undefined;
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

const broken = (at: ReturnType<typeof place>, lines: readonly string[], problem: string): Card => ({
  ...at,
  version: '',
  properties: [],
  unread: 0,
  text: lines.filter((line) => !OURS.test(line)).join('\n'),
  problem,
});
