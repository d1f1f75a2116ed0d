import type { DomainEvent } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import { mustBeUnderstood } from '#event-log/not-understood.js';
import { roughSize } from '#event-log/rough-size.js';
import type { Scalar } from '#read-models/read-model-store.js';
import type { PolicyHistory } from '#relationship/read-side.js';
import { calendarOf } from '../calendar.js';
import type { Contribution, Projection, Row } from '../projection.js';
import { type Blocks, inBlocks, isLong } from './blocks.js';
import { derive, type Memoized } from './derive.js';
import { differing, differingBlocks, joined } from './differing.js';
import type { PlacedEntry } from './entries.js';
import { addDifference, type Deltas } from './sums.js';

/** A subject's document, and what followed from it: kept so that the next change is a difference. */
export interface SubjectState {
  readonly document: unknown;
  /** Of the last event that changed the document. */
  readonly position: Position;
  /** About as many characters as its JSON has; of a long one also those of blocks that were replaced since it was read. */
  readonly size: number;
  /** Whether it is stored in blocks; undefined where that is not known. */
  readonly isLong?: boolean;
  readonly contributions: readonly Memoized<Contribution>[] | undefined;
  readonly rows: readonly Memoized<StoredRow>[] | undefined;
  /** Keys of series that are known to name this subject among their contributors. */
  readonly series: ReadonlySet<string>;
}

/** With its body as it was stored last, once that is known. */
interface StoredRow extends Row {
  stored?: Pick<Blocks, 'json' | 'isLong'>;
}

export interface Written extends Pick<Blocks, 'json'> {
  readonly fields: Readonly<Record<string, Scalar>>;
}

export interface WrittenRow extends Written {
  readonly key: string;
}

/** What some of one subject's events, in a row, change. */
export interface SubjectChange {
  readonly subject: string;
  readonly before: SubjectState | undefined;
  /** Undefined where nothing has been folded yet. The same object as before where the document did not change. */
  readonly after: SubjectState | undefined;
  /** The document as it is to be stored, where it changed. */
  readonly written: Written | undefined;
  readonly entries: readonly PlacedEntry[];
  readonly upsertedRows: readonly WrittenRow[];
  readonly deletedRows: readonly string[];
  /** Of the document and of rows. */
  readonly blocks: Blocks['blocks'];
  readonly deletedBlocks: readonly string[];
  readonly deltas: Deltas;
  /** Series of which it is not known that they name this subject. */
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

/** A document or row that the store would reject. */
class DocumentTooLarge extends Error {}

const noSeries: ReadonlySet<string> = new Set();

/** The state of a document that was stored. */
export function stateOf({ projection, policies }: View, document: unknown, position: Position): SubjectState {
  return {
    document,
    position,
    size: roughSize(document),
    contributions: projection.contributions && derive(projection.contributions, document, policies),
    rows: rowsOf(projection, document, policies),
    series: noSeries,
  };
}

/** Events begin with what counts of a history in which events were retracted or erased: the document is folded again from these. */
export interface Refold {
  readonly count: number;
  /** The day on which the last retraction or erasure was recorded: all that changes is learned then. */
  readonly known: number;
  /** When the last retraction was recorded, if any. */
  readonly correctedAt: string | undefined;
  /** Of the last event of that history. */
  readonly position: Position;
  /** What was recorded of it since the state before. */
  readonly recorded: readonly DomainEvent[];
}

/**
 * Pure. The difference in sums is taken wherever the day of recording changes, so any way of cutting a stream into pages yields the
 * same amounts under the same days of knowledge. Events that the document already reflects are passed over; one that is not understood
 * stops every view, whichever types it handles. Everything that is to be
 * stored is made here, as JSON, so that what cannot be stored parks its subject and holds up nobody else.
 */
export function advance(
  view: View,
  subject: string,
  before: SubjectState | undefined,
  events: readonly DomainEvent[],
  refold?: Refold,
): SubjectChange {
  const { projection, handles, policies } = view;
  const { dayNumber } = calendarOf(policies);
  const entries: PlacedEntry[] = [];
  const deltas: Deltas = new Map();
  let document = refold ? projection.document?.init(subject, refold.correctedAt) : before?.document;
  let position = refold?.position ?? before?.position;
  let settled = before?.contributions;
  let unsettled = refold?.known;
  let again = refold?.count ?? 0;

  function settle(): void {
    if (unsettled === undefined || !projection.contributions) return;
    const derived = derive(projection.contributions, document, policies, settled);
    for (const [i, each] of derived.entries()) addDifference(deltas, settled?.[i], each, unsettled);
    settled = derived;
    unsettled = undefined;
  }

  function enter(event: DomainEvent): void {
    if (!projection.entries || !handles.has(event.type)) return;
    for (const { key, fields } of projection.entries.of(event))
      entries.push({ key: keyUnder(subject, key), fields: storable(fields), position: event.position });
  }

  for (const event of refold?.recorded ?? []) enter(event);
  for (const event of events) {
    const isAgain = again > 0;
    if (isAgain) again--;
    else if (before && event.position <= before.position) continue;
    mustBeUnderstood(event);
    if (!handles.has(event.type)) continue;
    if (!isAgain) enter(event);
    if (!projection.document) continue;
    const known = isAgain ? refold!.known : dayNumber(event.recordedAt);
    if (unsettled !== undefined && unsettled !== known) settle();
    const next = projection.document.apply(document === undefined ? projection.document.init(subject) : document, event);
    if (next === document) continue;
    document = next;
    unsettled = known;
    if (!isAgain) position = event.position;
  }
  settle();

  if (position === undefined || position === before?.position) {
    return { subject, before, after: before, written: undefined, entries, ...nothingWritten, deltas, newSeries: [] };
  }
  const formerSeries = before?.series ?? noSeries;
  const newSeries: string[] = [];
  for (const [series, amounts] of deltas) if (amounts.length > 0 && !formerSeries.has(series)) newSeries.push(series);
  const rows = rowsOf(projection, document, policies, before?.rows);
  const former = before && { body: before.document, isLong: before.isLong ?? isLong(before.document) };
  const whole = inBlocks(subject, document, former);
  const changed = changedRows(before?.rows, rows);
  const blocks = changed.blocks.length === 0 ? whole.blocks : [...whole.blocks, ...changed.blocks];
  const { fits } = view;
  if (fits && [whole, ...blocks, ...changed.upsertedRows].some(({ json }) => !fits(json))) throw new DocumentTooLarge();
  const fields = projection.document ? storable(projection.document.fields(document, policies)) : {};
  return {
    subject,
    before,
    after: {
      document,
      position,
      size: whole.blocks.reduce((sum, { json }) => sum + json.length, whole.json.length) + (whole.isLong ? (before?.size ?? 0) : 0),
      isLong: whole.isLong,
      contributions: settled,
      rows,
      series: newSeries.length === 0 ? formerSeries : new Set([...formerSeries, ...newSeries]),
    },
    written: { fields, json: whole.json },
    entries,
    ...changed,
    blocks,
    deletedBlocks: [...whole.deleted, ...changed.deletedBlocks],
    deltas,
    newSeries,
  };
}

/** Both as one, where the second begins where the first ends. */
export function followedBy(one: SubjectChange, other: SubjectChange): SubjectChange {
  const rows = new Set([...other.upsertedRows.map(({ key }) => key), ...other.deletedRows]);
  const blocks = new Set([...other.blocks.map(({ key }) => key), ...other.deletedBlocks]);
  const deltas: Deltas = new Map(one.deltas);
  for (const [series, amounts] of other.deltas) deltas.set(series, [...(one.deltas.get(series) ?? []), ...amounts]);
  return {
    ...other,
    before: one.before,
    written: other.written ?? one.written,
    entries: [...one.entries, ...other.entries],
    upsertedRows: [...one.upsertedRows.filter(({ key }) => !rows.has(key)), ...other.upsertedRows],
    deletedRows: [...one.deletedRows, ...other.deletedRows],
    blocks: [...one.blocks.filter(({ key }) => !blocks.has(key)), ...other.blocks],
    deletedBlocks: [...one.deletedBlocks, ...other.deletedBlocks],
    deltas,
    newSeries: [...one.newSeries, ...other.newSeries],
  };
}

/** Of an entry. One of another stream of the subject ends with the id of that stream, so that it is not taken for one of the subject's own. */
function keyUnder(subject: string, key: string): string {
  if (key.startsWith(subject) && key[subject.length] === '|') return key;
  const bar = key.indexOf('|');
  return `${subject}${key.slice(bar)}|${key.slice(0, bar)}`;
}

function rowsOf({ rows }: Projection, document: unknown, policies: PolicyHistory, former?: SubjectState['rows']): SubjectState['rows'] {
  return rows && derive<StoredRow>(rows.derivations, document, policies, former);
}

type Changed = Pick<SubjectChange, 'upsertedRows' | 'deletedRows' | 'blocks' | 'deletedBlocks'>;

const nothingWritten: Changed = { upsertedRows: [], deletedRows: [], blocks: [], deletedBlocks: [] };

function changedRows(former: SubjectState['rows'], present: SubjectState['rows']): Changed {
  if (former === present || !present) return nothingWritten;
  const [left, entered] = [new Map<string, StoredRow>(), new Map<string, StoredRow>()];
  for (const [i, { derived }] of present.entries()) {
    const past = former?.[i]?.derived ?? [];
    if (past === derived) continue;
    for (const { start, endBefore, endAfter } of differingBlocks(past, derived)) {
      const [before, after] = [joined(past, start, endBefore), joined(derived, start, endAfter)];
      const within = differing(before, after);
      for (const each of joined(before, within.start, within.endBefore)) left.set(each.key, each);
      for (const each of joined(after, within.start, within.endAfter)) entered.set(each.key, each);
    }
  }
  const changed = {
    upsertedRows: [] as WrittenRow[],
    deletedRows: [] as string[],
    blocks: [] as Blocks['blocks'][number][],
    deletedBlocks: [] as string[],
  };
  for (const [key, row] of entered) {
    const before = left.get(key);
    const past = before && storedOf(before);
    const { blocks, deleted, ...stored } = inBlocks(key, row.body, past && { body: before.body, isLong: past.isLong });
    row.stored = stored;
    changed.blocks.push(...blocks);
    changed.deletedBlocks.push(...deleted);
    // A row names the position of its blocks.
    if (blocks.length > 0 || deleted.length > 0 || stored.json !== past?.json || !sameFields(row.fields, before!.fields))
      changed.upsertedRows.push({ key, fields: storable(row.fields), json: stored.json });
  }
  for (const [key, each] of left) {
    if (entered.has(key)) continue;
    changed.deletedRows.push(key);
    if (storedOf(each).isLong) changed.deletedBlocks.push(...inBlocks(key, null, { body: each.body, isLong: true }).deleted);
  }
  return changed;
}

function storedOf(row: StoredRow): NonNullable<StoredRow['stored']> {
  row.stored ??= inBlocks(row.key, row.body);
  return row.stored;
}

function sameFields(one: Row['fields'], other: Row['fields']): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function storable(fields: Row['fields']): Row['fields'] {
  for (const name in fields) {
    const value: unknown = fields[name];
    if (typeof value !== 'string' && typeof value !== 'number' && value !== null && value !== undefined)
      throw new TypeError(`the field ${name} is not a scalar`);
  }
  return fields;
}
