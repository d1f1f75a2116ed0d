import type { RecordedEvent } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import { mustBeUnderstood } from '#event-log/not-understood.js';
import type { Scalar } from '#read-models/read-model-store.js';
import type { PolicyHistory } from '#relationship/facts.js';
import { dayNumber } from '../days.js';
import type { Contribution, Projection, Row } from '../projection.js';
import type { PlacedEntry } from './entries.js';
import { inPieces, json, type Pieces } from './pieces.js';
import { addDifference, type Deltas } from './sums.js';
import { type ToldPart, tell } from './told.js';

/** A customer's document, and what followed from it: kept so that the next change is a difference. */
export interface CustomerState {
  readonly document: unknown;
  /** Of the last event that changed the document. */
  readonly position: Position;
  readonly contributions: readonly ToldPart<Contribution>[] | undefined;
  readonly rows: Rows;
  /** Keys of series that are known to name this customer among their contributors. */
  readonly series: ReadonlySet<string>;
}

/** With its body as JSON. */
export interface WrittenRow extends Row {
  readonly json: string;
}

interface Rows {
  readonly told: readonly ToldPart<Row>[] | undefined;
  readonly byKey: ReadonlyMap<string, StoredRow>;
}

interface StoredRow {
  readonly row: Row;
  readonly written: WrittenRow;
}

export interface WrittenDocument extends Pieces {
  readonly fields: Readonly<Record<string, Scalar>>;
}

/** What a stretch of one customer's events changes. */
export interface CustomerChange {
  readonly customerId: string;
  readonly before: CustomerState | undefined;
  /** Undefined where nothing has been folded yet. The same object as before where the document did not change. */
  readonly after: CustomerState | undefined;
  /** The document as it is to be stored, where it changed. */
  readonly written: WrittenDocument | undefined;
  readonly entries: readonly PlacedEntry[];
  readonly upsertedRows: readonly WrittenRow[];
  readonly deletedRows: readonly string[];
  readonly deltas: Deltas;
  /** Series of which it is not known that they name this customer. */
  readonly newSeries: readonly string[];
}

/** A view with the policies that it is computed under. */
export interface View {
  readonly projection: Projection;
  readonly handles: ReadonlySet<string>;
  readonly policies: PolicyHistory;
  /** Whether the store takes a document with this body. */
  readonly fits?: ((json: string) => boolean) | undefined;
}

/** A document or row that the store would refuse. */
class DocumentTooLarge extends Error {}

const noRows: Rows = { told: undefined, byKey: new Map() };
const noLists: readonly string[] = [];
const noSeries: ReadonlySet<string> = new Set();

/** The state of a document that was stored. */
export function stateOf({ projection, policies }: View, document: unknown, position: Position): CustomerState {
  return {
    document,
    position,
    contributions: projection.contributions && tell(projection.contributions, document, policies),
    rows: rowsOf(projection, document, policies, noRows),
    series: noSeries,
  };
}

/**
 * Pure. The difference in sums is taken wherever the day of recording changes, so any way of cutting a stream into stretches comes to the
 * same amounts under the same days of knowledge. Events that the document already reflects are passed over; one that is not understood
 * stops every view, whichever types it handles. Everything that is to be
 * stored is made here, as JSON, so that what cannot be stored parks its customer and holds up nobody else.
 */
export function advance(
  view: View,
  customerId: string,
  before: CustomerState | undefined,
  events: readonly RecordedEvent[],
): CustomerChange {
  const { projection, handles, policies } = view;
  const entries: PlacedEntry[] = [];
  const deltas: Deltas = new Map();
  let document = before?.document;
  let position = before?.position;
  let settled = before?.contributions;
  let unsettled: number | undefined;

  function settle(): void {
    if (unsettled === undefined || !projection.contributions) return;
    const told = tell(projection.contributions, document, policies, settled);
    for (const [i, part] of told.entries()) addDifference(deltas, settled?.[i], part, unsettled);
    settled = told;
    unsettled = undefined;
  }

  for (const event of events) {
    if (before && event.position <= before.position) continue;
    mustBeUnderstood(event);
    if (!handles.has(event.type)) continue;
    if (projection.entries)
      for (const { key, fields } of projection.entries.of(event)) entries.push({ key, fields: storable(fields), position: event.position });
    if (!projection.document) continue;
    const known = dayNumber(event.recordedAt);
    if (unsettled !== undefined && unsettled !== known) settle();
    const next = projection.document.apply(document === undefined ? projection.document.init(customerId) : document, event);
    if (next === document) continue;
    document = next;
    position = event.position;
    unsettled = known;
  }
  settle();

  if (position === undefined || position === before?.position) {
    return { customerId, before, after: before, written: undefined, entries, upsertedRows: [], deletedRows: [], deltas, newSeries: [] };
  }
  const formerSeries = before?.series ?? noSeries;
  const newSeries: string[] = [];
  for (const [series, amounts] of deltas) if (amounts.length > 0 && !formerSeries.has(series)) newSeries.push(series);
  const formerRows = before?.rows ?? noRows;
  const rows = rowsOf(projection, document, policies, formerRows);
  const whole = inPieces(customerId, document, projection.document?.lists ?? noLists, before?.document);
  const changed = changedRows(formerRows.byKey, rows.byKey);
  for (const { json } of [whole, ...whole.pieces, ...changed.upsertedRows]) if (view.fits?.(json) === false) throw new DocumentTooLarge();
  const fields = projection.document ? storable(projection.document.fields(document, policies)) : {};
  return {
    customerId,
    before,
    after: {
      document,
      position,
      contributions: settled,
      rows,
      series: newSeries.length === 0 ? formerSeries : new Set([...formerSeries, ...newSeries]),
    },
    written: { fields, ...whole },
    entries,
    ...changed,
    deltas,
    newSeries,
  };
}

/** Those that are the same objects as before stay as they were written. */
function rowsOf({ rows }: Projection, document: unknown, policies: PolicyHistory, former: Rows): Rows {
  if (!rows) return noRows;
  const told = tell(rows.parts, document, policies, former.told);
  if (former.told && told.every((part, i) => part === former.told![i])) return former;
  const byKey = new Map<string, StoredRow>();
  for (const { made } of told) {
    for (const row of made.flat(2)) {
      const known = former.byKey.get(row.key);
      byKey.set(row.key, known?.row === row ? known : { row, written: written(row) });
    }
  }
  return { told, byKey };
}

function changedRows(former: Rows['byKey'], present: Rows['byKey']): Pick<CustomerChange, 'upsertedRows' | 'deletedRows'> {
  if (former === present) return { upsertedRows: [], deletedRows: [] };
  const changed = [...present].filter(([key, stored]) => !sameRow(stored, former.get(key)));
  return { upsertedRows: changed.map(([, { written }]) => written), deletedRows: [...former.keys()].filter((key) => !present.has(key)) };
}

function sameRow(stored: StoredRow, former: StoredRow | undefined): boolean {
  if (!former || stored === former) return former !== undefined;
  return stored.written.json === former.written.json && JSON.stringify(stored.row.fields) === JSON.stringify(former.row.fields);
}

const written = ({ key, fields, body }: Row): WrittenRow => ({ key, fields: storable(fields), body, json: json(body) });

function storable(fields: Row['fields']): Row['fields'] {
  for (const name in fields) {
    const value: unknown = fields[name];
    if (typeof value !== 'string' && typeof value !== 'number' && value !== null && value !== undefined)
      throw new TypeError(`the field ${name} is no scalar`);
  }
  return fields;
}
