import { describe, expect, it } from '@jest/globals';
import type { ImportRecord } from '../records/import-record.js';
import type { PlannedCommand } from '../row-commands.js';
import { watchPlainValues } from './plain-values.js';

const rowOf = (line: number, values: Readonly<Record<string, string>>): ImportRecord => ({
  ...{ file: 'f.csv', line, get: (column: string) => values[column], original: () => values },
});
const command = (name: string, body: object, target = 'c-1'): PlannedCommand => ({
  ...{ name, body, target, index: 1, source: { system: 's', id: '1' }, once: false, tolerate: new Set<string>() },
});
const foundIn = (columns: readonly string[], rows: readonly (readonly [ImportRecord, ...PlannedCommand[]])[]) => {
  const watch = watchPlainValues(new Set(columns));
  for (const [row, ...commands] of rows) watch.look(row, commands);
  return watch.found();
};

describe('values of an import that are stored in plain text', () => {
  it('are told once a column, with the number of rows and the first line, where they look personal', () => {
    const bought = (line: number, item: string, category: string) =>
      [rowOf(line, { what: item, kind: category }), command('record-purchase', { item, category })] as const;
    const found = foundIn(
      ['what', 'kind'],
      [
        bought(2, 'Green Tea', '2026-11-30'),
        bought(3, 'zoe@example.com', '20231234567'),
        bought(4, '+49 30 123456', 'Ceylon'),
        bought(5, 'bo@example.com', '030 / 12 34 56'),
      ],
    );
    expect(found).toEqual([
      { column: 'what', looksLike: ['an e-mail address', 'a phone number'], rows: 3, line: 3 },
      { column: 'kind', looksLike: ['a phone number'], rows: 1, line: 5 },
    ]);
    expect(JSON.stringify(found)).not.toMatch(/example|49/);
  });

  it('look like a name with a title, where the row has it as a name too, or as an id', () => {
    const found = foundIn(
      ['source', 'sold by'],
      [
        [
          rowOf(2, { source: 'Anna Smith' }),
          command('register-customer', {
            kind: 'person',
            displayName: 'Anna Smith',
            acquisition: { source: 'Anna Smith', medium: 'Spring Sale' },
          }),
        ],
        [
          rowOf(3, { 'sold by': 'Bea Möller' }),
          command('open-deal', { dealId: 'd', curatorId: 'Bea Möller', labels: { owner: 'Dr. Wu' } }),
        ],
      ],
    );
    expect(found).toEqual([
      { column: 'source', looksLike: ['a name'], rows: 1, line: 2 },
      { column: 'sold by', looksLike: ['a name'], rows: 1, line: 3 },
      { column: 'open-deal labels.*', looksLike: ['a name'], rows: 1, line: 3 },
    ]);
  });

  it('are not those that are encrypted', () => {
    const identifiers = [{ kind: 'email', value: 'zoe@example.com' }];
    const row = rowOf(2, { email: 'zoe@example.com' });
    const noted = command('record-contact', { channel: 'phone', summary: 'call +49 30 123456', labels: { from: 'zoe@example.com' } });
    expect(foundIn(['email'], [[row, command('register-customer', { displayName: 'Zoe Berg', identifiers }), noted]])).toEqual([]);
  });
});
