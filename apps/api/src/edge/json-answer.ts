import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Characters of the JSON of a page of events or entries: it ends before the one that would pass them, and has one at least. */
export const PAGE_CHARACTERS = 4_000_000;

/** What is longer is written in pieces of about so many characters, each when the one before was taken. */
const PIECE = 256 * 1024;

/** JSON that was written already. */
export class WrittenJson {
  constructor(readonly text: string) {}
}

/** As `JSON.stringify` would write it, item by item. */
export function* jsonPieces(body: unknown, depth = 0): Generator<string> {
  if (body instanceof WrittenJson) yield body.text;
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

/** At once where it is short. */
export const sendJson = (reply: FastifyReply, body: unknown): void => {
  reply.header('content-type', 'application/json; charset=utf-8');
  const pieces = gathered(jsonPieces(body));
  const first = pieces.next().value ?? '';
  const second = pieces.next();
  if (second.done) return void reply.send(first);
  const all = function* (): Generator<string> {
    yield first;
    yield second.value;
    yield* pieces;
  };
  reply.send(Readable.from(all(), { objectMode: false, highWaterMark: PIECE }));
};

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
