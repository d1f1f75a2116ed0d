import { checkFields, type DocumentsSpec } from '../collections.js';
import { byMonth } from '../months.js';
import { isPassed } from '../passing.js';
import { ORIGIN, type Position } from '../position.js';
import type { ProjectionBatch, Scalar } from '../read-model-store.js';
import type { Catalogue } from './catalogue.js';
import { addSql, addToMonthsSql, appendSql, deleteSql, deleteTotalSql, incrementSql, upsertSql } from './sql.js';
import type { Statement } from './statements.js';

const CHECKPOINT = 'SELECT position FROM _checkpoints WHERE projection = ?';
const ADVANCE = 'INSERT INTO _checkpoints (projection, position) VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position';
/** Of one statement: the call costs as much as inserting a row. */
const ROWS = 8;

type Prepare = (text: string) => Statement;

export function checkpointOf(statement: Prepare, projection: string): Position {
  return (statement(CHECKPOINT).get(projection)?.[0] as Position | undefined) ?? ORIGIN;
}

/** Runs inside the transaction of the commit. */
export function writeBatch(batch: ProjectionBatch, catalogue: Catalogue, statement: Prepare): void {
  const { projection, position, upserts, deletes, increments, unmoved } = batch;
  const at = (owner: string) => checkpointOf(statement, owner);
  if (position !== 'bulk-load' && isPassed(batch, at(projection), unmoved && at(unmoved.projection))) return;
  if (position !== 'unchanged' && position !== 'bulk-load') statement(ADVANCE).run(projection, position);
  for (const { collection, key } of deletes) statement(deleteSql(catalogue.documents(collection).name)).run(key);
  putDocuments(upserts, catalogue, statement);
  addTotals(increments, catalogue, statement);
}

/** Documents of one collection in their order. */
function putDocuments(upserts: ProjectionBatch['upserts'], catalogue: Catalogue, statement: Prepare): void {
  const targets = new Map<string, { readonly spec: DocumentsSpec; readonly rows: Rows }>();
  for (const upsert of upserts) {
    const { collection, key, position, fields } = upsert;
    let target = targets.get(collection);
    if (!target) {
      const spec = catalogue.documents(collection);
      target = { spec, rows: createRows(spec.fields.length + 3, putting(spec, catalogue, statement)) };
      targets.set(collection, target);
    }
    const { spec, rows } = target;
    checkFields(spec, fields);
    rows.bind(key);
    rows.bind(position);
    for (const field of spec.fields) rows.bind(fields[field] ?? null);
    rows.bind(upsert.json ?? JSON.stringify(upsert.body));
  }
  for (const { rows } of targets.values()) rows.end();
}

function putting(spec: DocumentsSpec, catalogue: Catalogue, statement: Prepare): Write {
  const sql = catalogue.isBulkLoaded(spec.name) ? appending : upserting;
  const put = preparedOnce((rows) => statement(sql(spec, rows)));
  return (rows, values) => put(rows).run(...values);
}

function addTotals(increments: ProjectionBatch['increments'], catalogue: Catalogue, statement: Prepare): void {
  for (const [collection, gathered] of Map.groupBy(increments, (increment) => increment.collection)) {
    const name = catalogue.totals(collection);
    const entries = gathered.map(({ entry }) => entry);
    const days = createRows(4, adding(name, catalogue, statement));
    for (const { series, day, known, amount } of entries) {
      days.bind(series);
      days.bind(day);
      days.bind(known);
      days.bind(amount);
    }
    days.end();
    if (catalogue.isBulkLoaded(name)) continue;
    const add = preparedOnce((rows) => statement(addToMonthsSql(name, rows)));
    const months = createRows(3, (rows, values) => add(rows).run(...values));
    for (const { series, month, amount } of byMonth(entries)) for (const value of [series, month, amount]) months.bind(value);
    months.end();
  }
}

/** To find sums of zero costs as much as to add: during a bulk load they are left. */
function adding(name: string, { isBulkLoaded }: Catalogue, statement: Prepare): Write {
  if (isBulkLoaded(name)) {
    const add = preparedOnce((rows) => statement(addSql(name, rows)));
    return (rows, values) => add(rows).run(...values);
  }
  const increment = preparedOnce((rows) => statement(incrementSql(name, rows)));
  return (rows, values) => {
    const sums = increment(rows).all(...values);
    if (sums.every(([sum]) => sum !== 0)) return;
    for (let at = 0; at < values.length; at += 4) statement(deleteTotalSql(name)).run(...values.slice(at, at + 3));
  };
}

/** For one batch. */
function preparedOnce(prepare: (rows: number) => Statement): (rows: number) => Statement {
  const known: Statement[] = [];
  return (rows) => {
    known[rows] ??= prepare(rows);
    return known[rows];
  };
}

const appending = knownBySpec(appendSql);
const upserting = knownBySpec(upsertSql);

/** The text of so many rows is long, and a batch may be small. */
function knownBySpec(sql: (spec: DocumentsSpec, rows: number) => string): typeof sql {
  const known = new WeakMap<DocumentsSpec, string[]>();
  return (spec, rows) => {
    const texts = known.get(spec) ?? [];
    known.set(spec, texts);
    texts[rows] ??= sql(spec, rows);
    return texts[rows];
  };
}

type Write = (rows: number, values: readonly Scalar[]) => void;

interface Rows {
  bind(value: Scalar): void;
  end(): void;
}

/** Writes rows several at a time, and at the end what is left one by one. */
function createRows(columns: number, write: Write): Rows {
  let bound: Scalar[] = [];
  return {
    bind(value) {
      bound.push(value);
      if (bound.length < columns * ROWS) return;
      write(ROWS, bound);
      bound = [];
    },
    end() {
      for (let at = 0; at < bound.length; at += columns) write(1, bound.slice(at, at + columns));
    },
  };
}
