import Database from 'better-sqlite3';
import type { DocumentsSpec } from '../collections.js';
import { planFind } from '../find-plan.js';
import type { FindQuery } from '../read-model-store.js';
import { createSql, findSql } from './sql.js';

const spec: DocumentsSpec = { kind: 'documents', name: 'tasks', fields: ['curator', 'due', 'known'], indexes: [['curator', 'due']] };

const planOf = (query: FindQuery): readonly string[] => {
  const database = new Database(':memory:');
  try {
    database.exec(createSql(spec));
    return findSql(spec, planFind(spec, query)).flatMap(({ text, values }) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${text}`)
        .all(values)
        .map((step) => (step as { readonly detail: string }).detail),
    );
  } finally {
    database.close();
  }
};

describe('documents in the order of their keys', () => {
  it('are sought by their keys where these have a bound, whatever else has one, and not sorted', () => {
    const plan = planOf({ range: { known: { lte: '2026' }, key: { gte: 'a|', lt: 'b|' } }, limit: 51 });
    expect(plan).toEqual(['SEARCH tasks USING INDEX sqlite_autoindex_tasks_1 (key>? AND key<?)']);
  });

  it('are sought by a range of a field where the keys have none, and sorted without their bodies', () => {
    const plan = planOf({ where: { curator: 'maria' }, range: { due: { lte: '2026' } }, limit: 100 });
    expect(plan.filter((step) => /^(SEARCH|SCAN)/.test(step))).toEqual([
      'SEARCH tasks USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH tasks USING COVERING INDEX tasks_0 (f_curator=? AND f_due<?)',
    ]);
  });
});
