import Database from 'better-sqlite3';
import type { DocumentsSpec } from '../collections.js';
import { planFind } from '../find-plan.js';
import type { FindQuery } from '../read-model-store.js';
import { createSql, findSql } from './sql.js';

const spec: DocumentsSpec = {
  kind: 'documents',
  name: 'tasks',
  fields: ['curator', 'due', 'known'],
  indexes: [
    ['curator', 'due'],
    ['known', 'key', 'curator'],
  ],
};

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

describe('sorted documents', () => {
  const steps = (query: FindQuery) => planOf(query).filter((step) => /^(SEARCH|SCAN) tasks USING COVERING|TEMP B-TREE/.test(step));

  it('are gone through in their order by an index that has all that is asked for, though another one finds those that match', () => {
    for (const direction of ['asc', 'desc'] as const) {
      const found = steps({ where: { curator: 'maria' }, sort: { field: 'known', direction } });
      expect(found.sort()).toEqual([
        expect.stringMatching(/^SEARCH tasks USING COVERING INDEX tasks_1 \(f_known=\?/),
        expect.stringMatching(/^SEARCH tasks USING COVERING INDEX tasks_1 \(f_known>\?/),
        'USE TEMP B-TREE FOR ORDER BY',
        'USE TEMP B-TREE FOR ORDER BY',
      ]);
    }
  });

  it('are found by another index where that one lacks a field', () => {
    const found = steps({ where: { curator: 'maria' }, range: { due: { lte: '2026' } }, sort: { field: 'known', direction: 'asc' } });
    expect(found.some((step) => step.includes('tasks_1'))).toBe(false);
  });
});
