import { checkFields } from '../collections.js';
import { isPassed } from '../passing.js';
import { ORIGIN, type Position } from '../position.js';
import type { ProjectionBatch } from '../read-model-store.js';
import type { Catalogue } from './catalogue.js';
import { appendSql, deleteSql, deleteTotalSql, incrementSql, upsertSql } from './sql.js';
import type { Statement } from './statements.js';

const CHECKPOINT = 'SELECT position FROM _checkpoints WHERE projection = ?';
const ADVANCE = 'INSERT INTO _checkpoints (projection, position) VALUES (?, ?) ON CONFLICT DO UPDATE SET position = excluded.position';

export function checkpointOf(statement: (text: string) => Statement, projection: string): Position {
  return (statement(CHECKPOINT).get(projection)?.[0] as Position | undefined) ?? ORIGIN;
}

/** Runs inside the transaction of the commit. */
export function writeBatch(batch: ProjectionBatch, catalogue: Catalogue, statement: (text: string) => Statement): void {
  const { projection, position, upserts, deletes, increments } = batch;
  if (position !== 'unchanged' && position !== 'filling') {
    if (isPassed(batch, checkpointOf(statement, projection))) return;
    statement(ADVANCE).run(projection, position);
  }
  for (const { collection, key } of deletes) statement(deleteSql(catalogue.documents(collection).name)).run(key);
  const prepared = new Map<string, { readonly spec: ReturnType<Catalogue['documents']>; readonly insert: Statement }>();
  for (const { collection, key, position: reflected, fields, body, json } of upserts) {
    let target = prepared.get(collection);
    if (!target) {
      const spec = catalogue.documents(collection);
      target = { spec, insert: statement(catalogue.isHeap(collection) ? appendSql(spec) : upsertSql(spec)) };
      prepared.set(collection, target);
    }
    checkFields(target.spec, fields);
    target.insert.run(key, reflected, ...target.spec.fields.map((field) => fields[field] ?? null), json ?? JSON.stringify(body));
  }
  for (const { collection, entry } of increments) {
    const { series, day, known, amount } = entry;
    if (catalogue.isHeap(collection)) {
      statement(appendSql({ kind: 'totals', name: collection })).run(series, day, known, amount);
      continue;
    }
    const [sum] = statement(incrementSql(catalogue.totals(collection))).get(series, day, known, amount)!;
    if (sum === 0) statement(deleteTotalSql(collection)).run(series, day, known);
  }
}
