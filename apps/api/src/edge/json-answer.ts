import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';

/** Characters of the JSON of a page of events or entries: it ends before the one that would pass them, and has one at least. */
export const PAGE_CHARACTERS = 4_000_000;

/** What is longer is written in pieces of about so many characters, each when the one before was taken. */
const PIECE = 256 * 1024;

/** A body, or a table of it, that was written already. */
export class WrittenText {
  constructor(readonly text: string) {}
}

/** As `JSON.stringify` would write it, item by item. */
export function* jsonPieces(body: unknown, depth = 0): Generator<string> {
  if (body instanceof WrittenText) yield body.text;
  else if (depth < 3 && Array.isArray(body)) {
    let before = '[';
    for (const item of body) {
      yield before;
      yield* jsonPieces(item === undefined ? null : item, depth + 2);
      before = ',';
    }
    yield body.length === 0 ? '[]' : ']';
  } else if (depth < 3 && isPlain(body)) {
    let before = '{';
    for (const [name, member] of Object.entries(body)) {
      if (member === undefined) continue;
      yield `${before}${JSON.stringify(name)}:`;
      yield* jsonPieces(member, depth + 1);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  } else yield JSON.stringify(body) ?? 'null';
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** What is long is made piece by piece, with turns for others in between. */
const piecesOf = async (body: unknown, on: (piece: string) => void = () => undefined): Promise<readonly string[]> => {
  const pieces: string[] = [];
  for (const piece of gathered(jsonPieces(body))) {
    if (pieces.length > 0) await nextTurn();
    on(piece);
    pieces.push(piece);
  }
  return pieces;
};

/** With a hash of its bytes without the instant of the request. */
export const toJson = async (body: unknown, asOf?: string): Promise<{ readonly pieces: readonly string[]; readonly hash: string }> => {
  const hash = createHash('sha256');
  const pieces = await piecesOf(body, (piece) => hash.update(asOf === undefined ? piece : piece.replaceAll(`"asOf":"${asOf}"`, '')));
  return { pieces, hash: hash.digest('base64url').slice(0, 22) };
};

/** At once where it is short. */
export const sendPieces = (reply: FastifyReply, pieces: readonly string[]): void => {
  reply.header('content-type', 'application/json; charset=utf-8');
  reply.send(pieces.length > 1 ? Readable.from(pieces, { objectMode: false, highWaterMark: PIECE }) : (pieces[0] ?? ''));
};

export const sendJson = async (reply: FastifyReply, body: unknown): Promise<void> => sendPieces(reply, await piecesOf(body));

function* gathered(pieces: Iterable<string>): Generator<string> {
  let some: string[] = [];
  let characters = 0;
  for (const piece of pieces) {
    some.push(piece);
    characters += piece.length;
    if (characters < PIECE) continue;
    yield some.join('');
    [some, characters] = [[], 0];
  }
  if (some.length > 0) yield some.join('');
}
