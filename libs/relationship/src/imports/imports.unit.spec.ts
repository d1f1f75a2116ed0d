import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { specification } from '#testing/given-when-then.js';
import { usualContext } from '#testing/relationship-specification.js';
import type { DecisionContext } from '../kernel/decider.js';
import { type ImportCommand, type ImportSourceCommand, RememberImportCommands, RememberImportRows } from './commands.js';
import type { ImportEvent, ImportSourceEvent } from './events.js';
import { decideImport, evolveImport, type Import, initialImport } from './import.js';
import { decideImportSource, evolveImportSource, type ImportSource, initialImportSource } from './import-source.js';
import { formatContents, formatRows, parseContents, parseRows } from './remembered-rows.js';

const context: DecisionContext = { ...usualContext, actor: { kind: 'import', id: 'shop' } };
const { given } = specification<Import, ImportCommand, ImportEvent, ImportEvent, DecisionContext>(
  { initialState: initialImport, evolve: evolveImport, decide: decideImport },
  context,
);
const name = 'a'.repeat(32);
const sha256 = 'b'.repeat(64);
const begun = (number: number, more: object = { sha256 }): ImportEvent => ({
  type: 'import-begun',
  data: { number, hashes: 'hmac', name, ...more },
});
const begin = (number: number, more: object = { sha256 }): ImportCommand => ({
  name: 'begin-import',
  body: { number, hashes: 'hmac', name, ...more },
});
const said = { rows: '2:2-9', rejected: '3:5-5', contents: '2:5=9f86d081' };
const remember = (number: number, body: object = said): ImportCommand => ({
  name: 'remember-import-rows',
  body: { number, hashes: 'hmac', ...body },
});

describe('imports under a mapping', () => {
  it('have numbers, and say whether their commands may be known from before imports had numbers', () => {
    given().when(begin(1)).decides(begun(1));
    given(begun(1)).when(begin(2)).decides(begun(2));
    given()
      .when(begin(1, { formerly: true }))
      .decides(begun(1, { formerly: true }));
    given()
      .when(begin(1, { formerly: false }))
      .decides(begun(1, {}));
  });

  it('begin one after another: who read the same last one as somebody else is rejected with the number that came first', () => {
    given(begun(1)).when(begin(1)).isRejected('import-begun-meanwhile', { number: 1 });
    given(begun(1), begun(2)).when(begin(2)).isRejected('import-begun-meanwhile', { number: 2 });
    given().when(begin(2)).isRejected('import-begun-meanwhile', { number: 0 });
  });

  it('remember rows of any import that began: which changed nothing, which were rejected', () => {
    for (const body of [said, { rows: '2:2-9' }, { rejected: '3:5-5' }])
      given(begun(1), begun(2))
        .when(remember(1, body))
        .decides({ type: 'import-rows-remembered', data: { number: 1, hashes: 'hmac', ...body } });
    given(begun(1)).when(remember(2)).isRejected('import-unknown', { number: 2 });
  });

  it('remember rows of the one that began last', () => {
    given(begun(1))
      .when(remember(1))
      .decides({ type: 'import-rows-remembered', data: { number: 1, hashes: 'hmac', ...said } });
  });

  it('are the business of imports alone', () => {
    for (const command of [begin(1), remember(1)])
      given()
        .when(command, { actor: { kind: 'service', id: 's' } })
        .isRejected('for-imports-only', { command: command.name });
  });
});

describe('the imports of a system', () => {
  const { given: givenSource } = specification<ImportSource, ImportSourceCommand, ImportSourceEvent, ImportSourceEvent, DecisionContext>(
    { initialState: initialImportSource, evolve: evolveImportSource, decide: decideImportSource },
    context,
  );
  const body = { hashes: 'hmac' as const, commands: 'n4bQgYhMfWU=', contents: 'YDA64g==' };
  const command: ImportSourceCommand = { name: 'remember-import-commands', body };

  it('remember commands, for imports alone', () => {
    givenSource().when(command).decides({ type: 'import-commands-remembered', data: body });
    givenSource()
      .when(command, { actor: { kind: 'admin', id: 'a' } })
      .isRejected('for-imports-only');
  });
});

describe('remembered rows as text', () => {
  const ranges = [
    { index: 2, from: 2, to: 10_001 },
    { index: 13, from: 5_000_000_005, to: 5_000_000_005 },
  ];
  const contents = [
    { index: 2, row: 17, hash: '9f86d081' },
    { index: 3, row: 18, hash: '60303ae2' },
  ];

  it('are read as they were written', () => {
    expect(formatRows(ranges)).toBe('2:2-10001 13:5000000005-5000000005');
    expect(parseRows(formatRows(ranges))).toEqual(ranges);
    expect(parseContents(formatContents(contents))).toEqual(contents);
  });

  it('are accepted in that form alone, also ten thousand of them', () => {
    const faults = (shape: new () => object, body: object) => validateSync(plainToInstance(shape, body)).map(({ property }) => property);
    const many = Array.from({ length: 10_000 }, (_, row) => ({ index: 1, from: 2 * row + 1, to: 2 * row + 1 }));
    expect(faults(RememberImportRows, { number: 1, hashes: 'hmac', rows: formatRows(many), contents: '2:17=9f86d081' })).toEqual([]);
    for (const rows of ['', '2:2', '2:2-', '0:1-1', '2:2-3 ', 'x', 5])
      expect(faults(RememberImportRows, { number: 1, hashes: 'hmac', rows })).toEqual(['rows']);
    const hashes = Buffer.alloc(80_000, 7).toString('base64');
    expect(faults(RememberImportCommands, { hashes: 'hmac', commands: hashes, contents: hashes })).toEqual([]);
    for (const commands of ['', 'n4bQgYhMfWU', '%', 'n4b='.repeat(2)])
      expect(faults(RememberImportCommands, { hashes: 'hmac', commands, contents: 'YDA64g==' })).toEqual(['commands']);
  });
});
