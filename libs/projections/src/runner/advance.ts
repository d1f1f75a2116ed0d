import type { RecordedEvent } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import type { PolicyHistory } from '#relationship';
import type { Contribution, Projection, Row } from '../projection.js';
import { addDifference, type Deltas } from './sums.js';

/** A customer's document, and what followed from it: kept so that the next change is a difference. */
export interface CustomerState {
  readonly document: unknown;
  /** Of the last event that changed the document. */
  readonly position: Position;
  readonly contributions: readonly Contribution[];
  readonly rows: ReadonlyMap<string, Row>;
}

export interface PlacedRow extends Row {
  readonly position: Position;
}

/** What a stretch of one customer's events changes. */
export interface CustomerChange {
  readonly customerId: string;
  readonly before: CustomerState | undefined;
  /** Undefined where nothing has been folded yet. The same object as before where the document did not change. */
  readonly after: CustomerState | undefined;
  readonly entries: readonly PlacedRow[];
  readonly upsertedRows: readonly Row[];
  readonly deletedRows: readonly string[];
  readonly deltas: Deltas;
  /** Series whose amounts or events may have changed. */
  readonly touched: ReadonlySet<string>;
}

/** A view with the policies that it is computed under. */
export interface View {
  readonly projection: Projection;
  readonly handles: ReadonlySet<string>;
  readonly policies: PolicyHistory;
}

const noRows: ReadonlyMap<string, Row> = new Map();

/** The state of a document that was stored. */
export function stateOf({ projection, policies }: View, document: unknown, position: Position): CustomerState {
  return {
    document,
    position,
    contributions: projection.contributions?.(document, policies) ?? [],
    rows: projection.rows ? byKey(projection.rows.of(document, policies)) : noRows,
  };
}

/**
 * Pure. The difference in sums is taken wherever the day of recording changes, so any way of cutting a stream into stretches comes to the
 * same amounts under the same days of knowledge. Events that the document already reflects are passed over.
 */
export function advance(
  view: View,
  customerId: string,
  before: CustomerState | undefined,
  events: readonly RecordedEvent[],
): CustomerChange {
  const { projection, handles, policies } = view;
  const entries: PlacedRow[] = [];
  const deltas: Deltas = new Map();
  let document = before?.document;
  let position = before?.position;
  const touched = new Set<string>();
  let settled = before?.contributions ?? [];
  let unsettled: string | undefined;

  function settle(): void {
    if (unsettled === undefined || !projection.contributions) return;
    const contributions = projection.contributions(document, policies);
    addDifference(deltas, touched, settled, contributions, unsettled);
    settled = contributions;
    unsettled = undefined;
  }

  for (const event of events) {
    if (!handles.has(event.type) || (before && event.position <= before.position)) continue;
    if (projection.entries) for (const row of projection.entries.of(event)) entries.push({ ...row, position: event.position });
    if (!projection.document) continue;
    const known = event.recordedAt.slice(0, 10);
    if (unsettled !== undefined && unsettled !== known) settle();
    const next = projection.document.apply(document === undefined ? projection.document.init(customerId) : document, event);
    if (next === document) continue;
    document = next;
    position = event.position;
    unsettled = known;
  }
  settle();

  if (position === undefined || position === before?.position) {
    return { customerId, before, after: before, entries, upsertedRows: [], deletedRows: [], deltas, touched };
  }
  const rows = projection.rows ? byKey(projection.rows.of(document, policies)) : noRows;
  const formerRows = before?.rows ?? noRows;
  return {
    customerId,
    before,
    after: { document, position, contributions: settled, rows },
    entries,
    upsertedRows: [...rows.values()].filter((row) => !sameRow(row, formerRows.get(row.key))),
    deletedRows: [...formerRows.keys()].filter((key) => !rows.has(key)),
    deltas,
    touched,
  };
}

function byKey(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.key, row]));
}

function sameRow(row: Row, former: Row | undefined): boolean {
  return former !== undefined && JSON.stringify([row.fields, row.body]) === JSON.stringify([former.fields, former.body]);
}
