import type Database from 'better-sqlite3';
import { BATCH_CHARACTERS, BATCH_EVENTS } from '../batch-bounds.js';
import type { RawEvent, StoredEvent, StreamShare } from '../event-log.js';
import type { Filter, Page } from '../following.js';
import { parsedEvent, unreadableEvent } from '../not-understood.js';
import { toPosition } from '../position.js';

/** position, revision, hash, body */
export type Row = [number, number, string, string];

/**
 * A row with names of stream and type, empty where there is none, and the id of the stream. Whoever may write the file may put any integer
 * there: rounded it would be read over and over.
 */
type RawRow = [position: bigint, revision: bigint, hash: string, body: string, stream: string, type: string, streamId: bigint];
/** An infinity is before or after all of them. */
type Exact = bigint | number;

export interface Rows<Each extends Row | RawRow = Row> {
  readonly rows: Each[];
  /** Whether the query may have more of them. */
  readonly more: boolean;
}

/** Rows looked at before others get their turn, where a filter lets little pass. */
const PAGE = 5_000;
const COLUMNS = 'e.position, e.revision, lower(hex(e.hash)), e.body';
/** Whatever somebody did to the names: every row is answered. */
const RAW = `${COLUMNS}, coalesce(s.name, ''), coalesce(t.name, ''), e.stream_id
  FROM events e LEFT JOIN streams s ON s.id = e.stream_id LEFT JOIN types t ON t.id = e.type_id`;

export interface RawPlace {
  readonly streamId: Exact;
  readonly revision: Exact;
}

export interface Reader {
  head(): number;
  exactHead(): bigint;
  page(after: number, upTo: number, filter: Filter): Page;
  /** Rows of one stream within revisions and up to a position, a bounded number of them. */
  ofStream(streamId: number, low: number, high: number, backwards: boolean, upTo: number, most?: number): Rows;
  /** Of the first event of a stream after a position, or the one that it will have. */
  revisionAfter(streamId: number, position: number): number;
  at(position: number): Row | undefined;
  recorded(row: Row): StoredEvent;
  /** Rows after a position. */
  raw(after: Exact, upTo: Exact, most: number): Rows<RawRow>;
  /** Rows of the streams with ids up to one, after a revision of one of them. */
  rawByStream(after: RawPlace, last: Exact, positions: { readonly after: Exact; readonly upTo: Exact }, most: number): Rows<RawRow>;
  streamId(name: string): number | undefined;
  /** Ids of streams, in order of their making. */
  streamIds(after: number, prefix: string, share: StreamShare): number[];
}

export function createReader(db: Database.Database): Reader {
  const head = db.prepare<[], number | null>('SELECT max(position) FROM events').pluck();
  const exactHead = db.prepare<[], bigint | null>('SELECT max(position) FROM events').pluck().safeIntegers();
  const streamId = db.prepare<[string], number>('SELECT id FROM streams WHERE name = ?').pluck();
  const streamIds = db
    .prepare<[object], number>(
      `SELECT id FROM streams WHERE id > :after AND id % :of = :index AND substr(name, 1, length(:prefix)) = :prefix
       ORDER BY id LIMIT 1000`,
    )
    .pluck();
  const [forwards, backwards] = ['ASC', 'DESC'].map((order) =>
    db
      .prepare<[number, number, number, number, number], Row>(
        `SELECT ${COLUMNS} FROM events e WHERE stream_id = ? AND revision BETWEEN ? AND ? AND position <= ? ORDER BY revision ${order} LIMIT ?`,
      )
      .raw(),
  );
  // Read from the index alone, from the end of the stream on; without the sign the rows themselves would be looked through.
  const lastUpTo = db
    .prepare<[number, number], number>('SELECT revision FROM events WHERE stream_id = ? AND +position <= ? ORDER BY revision DESC LIMIT 1')
    .pluck();
  const plain = pageQuery('');
  const ofTypes = pageQuery('AND e.type_id IN (SELECT t.id FROM json_each(:types) j JOIN types t ON t.name = j.value)');
  const ofPrefix = pageQuery(
    'AND EXISTS (SELECT 1 FROM streams s WHERE s.id = e.stream_id AND substr(s.name, 1, length(:prefix)) = :prefix)',
  );
  const ofBoth = pageQuery(
    `AND e.type_id IN (SELECT t.id FROM json_each(:types) j JOIN types t ON t.name = j.value)
     AND EXISTS (SELECT 1 FROM streams s WHERE s.id = e.stream_id AND substr(s.name, 1, length(:prefix)) = :prefix)`,
  );

  const rawByPosition = db
    .prepare<[Exact, Exact, number], RawRow>(`SELECT ${RAW} WHERE e.position > ? AND e.position <= ? ORDER BY e.position LIMIT ?`)
    .raw()
    .safeIntegers();
  const rawByStream = db
    .prepare<[Exact, Exact, Exact, Exact, Exact, number], RawRow>(
      `SELECT ${RAW} WHERE (e.stream_id, e.revision) > (?, ?) AND e.stream_id <= ? AND e.position > ? AND e.position <= ?
       ORDER BY e.stream_id, e.revision LIMIT ?`,
    )
    .raw()
    .safeIntegers();

  const at = db.prepare<[number], Row>(`SELECT ${COLUMNS} FROM events e WHERE e.position = ?`).raw();
  const rawAt = db.prepare<[number], RawRow>(`SELECT ${RAW} WHERE e.position = ?`).raw().safeIntegers();

  function recorded([position, revision, hash, body]: Row): StoredEvent {
    const event = parsedEvent(body);
    if (event === undefined) return unreadableEvent(raw(rawAt.get(position)!));
    event.revision = revision;
    event.position = toPosition(position);
    event.hash = hash;
    return event;
  }

  function pageQuery(condition: string) {
    return db
      .prepare<[object], Row>(
        `SELECT ${COLUMNS} FROM events e WHERE e.position > :after AND e.position <= :upTo ${condition} ORDER BY e.position LIMIT :limit`,
      )
      .raw();
  }

  return {
    head: () => head.get() ?? 0,
    exactHead: () => exactHead.get() ?? 0n,
    at: (position) => at.get(position),
    recorded,
    page(after, upTo, { types, streamPrefix, limit: most }) {
      const statement = types ? (streamPrefix ? ofBoth : ofTypes) : streamPrefix ? ofPrefix : plain;
      const end = Math.min(upTo, after + PAGE);
      const { rows, more } = bounded<Row>(
        (limit, last) =>
          statement.all({
            after: last?.[0] ?? after,
            upTo: end,
            limit,
            ...(types && { types: JSON.stringify(types) }),
            ...(streamPrefix && { prefix: streamPrefix }),
          }),
        most,
      );
      return { events: rows.map(recorded), reached: more ? rows.at(-1)![0] : end };
    },
    ofStream: (id, low, high, descending, upTo, most) =>
      bounded(
        (limit, last) =>
          descending
            ? backwards!.all(id, low, last ? last[1] - 1 : high, upTo, limit)
            : forwards!.all(id, last ? last[1] + 1 : low, high, upTo, limit),
        most,
      ),
    revisionAfter: (id, position) => (lastUpTo.get(id, position) ?? -1) + 1,
    raw: (after, upTo, most) => bounded((limit, last) => rawByPosition.all(last?.[0] ?? after, upTo, limit), most),
    rawByStream: (place, lastStream, { after, upTo }, most) =>
      bounded(
        (limit, last) => rawByStream.all(last?.[6] ?? place.streamId, last?.[1] ?? place.revision, lastStream, after, upTo, limit),
        most,
      ),
    streamId: (name) => streamId.get(name),
    streamIds: (after, prefix, { index, of }) => streamIds.all({ after, prefix, index, of }),
  };
}

/** Rows read at once: how long they are is known when they are there, and a row may have a megabyte. */
const FEWEST = 32;
const MOST = 64;

/** Up to the bounds of a batch and `most`; what was read beyond them is read again. */
function bounded<Each extends Row | RawRow>(query: (limit: number, last: Each | undefined) => Each[], most = BATCH_EVENTS): Rows<Each> {
  const end = Math.min(most, BATCH_EVENTS);
  const rows: Each[] = [];
  let characters = 0;
  for (let limit = FEWEST; ; limit = MOST) {
    limit = Math.min(limit, end - rows.length);
    const found = query(limit, rows.at(-1));
    for (const row of found) {
      characters += row[3].length;
      if (characters > BATCH_CHARACTERS && rows.length > 0) return { rows, more: true };
      rows.push(row);
    }
    if (found.length < limit) return { rows, more: false };
    if (rows.length === end) return { rows, more: true };
  }
}

export function raw([position, revision, hash, text, stream, type]: RawRow): RawEvent {
  return { stream, revision: Number(revision), position: toPosition(position), type, hash, text };
}
