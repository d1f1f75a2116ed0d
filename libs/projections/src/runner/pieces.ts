import { UnreadableDocument } from '#read-models/errors.js';
import type { ReadModelStore, StoredDocument } from '#read-models/read-model-store.js';
import type { Chunks } from '../persistent/chunks.js';

/**
 * Lists of a document that only grow (`Chunks`) are stored in pieces: the document holds the last one of each, and how many came before; those
 * have a document each under `<customer>|<list>|<number>`. So an event of a busy customer writes what it adds, not all that came before.
 */
export interface Pieces {
  readonly json: string;
  readonly pieces: readonly { readonly key: string; readonly json: string }[];
  /** Keys of pieces that there are no more. */
  readonly gone: readonly string[];
}

type Lists = Readonly<Record<string, Chunks<unknown>>>;
/** Member of a stored document, beside its own: how many pieces of each list stand apart. */
const APART = '|apart';
type Apart = Readonly<Record<string, number>>;

const pieceKey = (customerId: string, list: string, number: number): string => `${customerId}|${list}|${number}`;
const apartOf = (list: Chunks<unknown> | undefined): number => Math.max(0, (list?.length ?? 0) - 1);

/**
 * @param former the document that was stored before; its pieces that are the same objects are not written again
 * @throws TypeError for what is not JSON
 */
export function inPieces(customerId: string, document: unknown, lists: readonly string[], former: unknown): Pieces {
  const [present, before] = [document as Lists, (former ?? {}) as Partial<Lists>];
  const pieces: { key: string; json: string }[] = [];
  const gone: string[] = [];
  const apart: Record<string, number> = {};
  let body = present;
  for (const name of lists) {
    const [list, past] = [present[name]!, before[name]];
    const [standing, stood] = [apartOf(list), apartOf(past)];
    for (let i = 0; i < standing; i++) {
      if (i >= stood || past![i] !== list[i]) pieces.push({ key: pieceKey(customerId, name, i), json: JSON.stringify(list[i]) });
    }
    for (let i = standing; i < stood; i++) gone.push(pieceKey(customerId, name, i));
    if (standing === 0) continue;
    apart[name] = standing;
    body = { ...body, [name]: list.slice(standing) };
  }
  return { json: json(body === present ? present : { ...body, [APART]: apart }), pieces, gone };
}

/** A commit may come between the reading of a document and that of its pieces, and another, but not for ever. */
const ATTEMPTS = 50;

/**
 * Whole documents of what was read of them. Where the pieces are of a later time than the document, `again` reads it anew.
 * @throws UnreadableDocument where pieces stay away
 */
export async function assembled<Body>(
  store: Pick<ReadModelStore, 'getMany'>,
  collection: string,
  documents: readonly StoredDocument<Body>[],
  again: (key: string) => Promise<StoredDocument<Body> | undefined>,
  attempts = ATTEMPTS,
): Promise<readonly StoredDocument<Body>[]> {
  const wanted = documents.flatMap((document) => keysOfPieces(document));
  if (wanted.length === 0) return documents;
  const found = await store.getMany<readonly unknown[]>(collection, wanted);
  const whole: StoredDocument<Body>[] = [];
  for (const document of documents) {
    const own = keysOfPieces(document).map((key) => found.get(key));
    if (own.every((piece) => piece !== undefined && piece.position <= document.position)) {
      whole.push(put(document, own as readonly StoredDocument<readonly unknown[]>[]));
      continue;
    }
    if (attempts === 1) throw new UnreadableDocument(document.key, `pieces of it are missing in ${collection}`);
    const present = await again(document.key);
    if (present) whole.push(...(await assembled(store, collection, [present], again, attempts - 1)));
  }
  return whole;
}

const apartIn = ({ body }: StoredDocument): Apart | undefined => (body as { readonly [APART]?: Apart })[APART];

function keysOfPieces(document: StoredDocument): readonly string[] {
  const apart = Object.entries(apartIn(document) ?? {});
  return apart.flatMap(([list, standing]) => Array.from({ length: standing }, (_, number) => pieceKey(document.key, list, number)));
}

function put<Body>(document: StoredDocument<Body>, pieces: readonly StoredDocument<readonly unknown[]>[]): StoredDocument<Body> {
  const { [APART]: apart, ...body } = document.body as Record<string, unknown> & { readonly [APART]?: Apart };
  let at = 0;
  for (const [list, standing] of Object.entries(apart ?? {})) {
    body[list] = [...pieces.slice(at, at + standing).map((piece) => piece.body), ...(body[list] as Chunks<unknown>)];
    at += standing;
  }
  return { ...document, body: body as Body };
}

/** @throws TypeError */
export function json(body: unknown): string {
  const text = JSON.stringify(body) as string | undefined;
  if (text === undefined) throw new TypeError('a body that is not JSON');
  return text;
}
