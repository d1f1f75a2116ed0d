import { describe, expect, it } from '@jest/globals';
import type { Json } from '../mapping/mapping.js';
import { type ImportRecord, RowProblem } from '../records/import-record.js';
import { compileExpression } from './compile.js';
import { compileCondition } from './condition.js';
import type { Compilation } from './expression.js';
import type { LookupTable } from './lookup-table.js';

const teams: LookupTable = {
  file: 'teams.csv',
  columns: ['agent', 'region'],
  get: (key, column) => (key === 'Ann' && column === 'region' ? 'West' : undefined),
};
const compilation = (): Compilation => ({
  system: 'crm',
  lookups: new Map([['teams', teams]]),
  columns: new Set(),
  rowKey: ({ file, line }) => [file, String(line)],
});
const rowOf = (fields: Readonly<Record<string, string>>): ImportRecord => ({
  file: 'f.csv',
  line: 7,
  get: (column) => fields[column],
  original: () => fields,
});
const value = (json: Json, fields: Readonly<Record<string, string>> = {}) => compileExpression(json, 'body', compilation())(rowOf(fields));
const holds = (json: Json, fields: Readonly<Record<string, string>> = {}) => compileCondition(json, 'when', compilation())(rowOf(fields));

describe('a value of a mapping', () => {
  it('stands for itself where there is no operator', () => {
    expect(value({ kind: 'person', list: [1, null, 'x'] })).toEqual({ kind: 'person', list: [1, null, 'x'] });
  });

  it('is left out with everything that consists of it alone', () => {
    expect(value({ kept: 1, gone: { a: { $column: 'a' } }, list: [{ b: { $column: 'b' } }] }, { a: ' ', b: '' })).toEqual({ kept: 1 });
  });

  it('may be rejected or constant where the column is empty', () => {
    expect(value({ $column: 'a', empty: { constant: 'none' } })).toBe('none');
    expect(() => value({ $column: 'a', empty: 'reject' })).toThrow(RowProblem);
  });

  it('of an id is opaque, stable, and apart by system, kind and key', () => {
    const id = (of: string, kind = 'customer') => value({ $id: kind, of: 'email' }, { email: of });
    expect(id('a@x.org')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(
      new Set([
        id('a@x.org'),
        id('a@x.org'),
        id('b@x.org'),
        id('a@x.org', 'curator'),
        value({ $id: 'customer', of: 'email', system: 'erp' }, { email: 'a@x.org' }),
      ]).size,
    ).toBe(4);
    expect(id('')).toBeUndefined();
  });

  it('keys of several columns do not run into one another', () => {
    const id = (a: string, b: string) => value({ $id: 'x', of: ['a', 'b'] }, { a, b });
    expect(id('1', '23')).not.toBe(id('12', '3'));
  });

  it('is looked up in another file', () => {
    const region = (missing?: Json) => ({
      $lookup: 'teams',
      key: { $column: 'agent' },
      column: 'region',
      ...(missing !== undefined && { missing }),
    });
    expect(value(region(), { agent: 'Ann' })).toBe('West');
    expect(value(region(), { agent: 'Bob' })).toBeUndefined();
    expect(() => value(region('reject'), { agent: 'Bob' })).toThrow('teams.csv has no region for "Bob"');
  });

  it('is the first that is there', () => {
    expect(value({ $first: [{ $column: 'a' }, { $column: 'b' }, 'z'] }, { b: 'y' })).toBe('y');
    expect(value({ $first: [{ $column: 'a' }, 'z'] })).toBe('z');
  });

  it('of a day is the date as it is written, which no zone moves', () => {
    const day = (birth: string, members: object = {}) => value({ $day: { $column: 'birth' }, ...members }, { birth });
    expect(day('1985-05-15')).toBe('1985-05-15');
    expect([day('1985-05-15T23:30:00-11:00'), day('1985-05-15 00:30:00+02:00')]).toEqual(['1985-05-15', '1985-05-15']);
    expect(day('15.5.1985', { format: ['yyyy-MM-dd', 'd.M.yyyy'] })).toBe('1985-05-15');
    expect([day('29.2.', { format: 'd.M.' }), day('')]).toEqual(['--02-29', undefined]);
    for (const text of ['31182', '0000-00-00', '1985-02-29', '12:30']) expect(() => day(text)).toThrow(RowProblem);
    expect(day('31182', { otherwise: 'omit' })).toBeUndefined();
    expect(() => day('1', { format: 'unix' })).toThrow('body.format must be "iso" or date format tokens');
  });

  it('of a map may be null, which leaves it out', () => {
    const revenue = { $column: 'r', map: { '0.0': null }, otherwise: 'keep' };
    expect([value(revenue, { r: '0.0' }), value(revenue, { r: '5.0' })]).toEqual([undefined, '5.0']);
  });

  it.each<[Json, RegExp]>([
    [{ a: { $colum: 'x' } }, /body\.a has the unknown operator "\$colum"/],
    [{ a: { $column: 'x', trimm: true } }, /body\.a has the unknown property "trimm"/],
    [{ $money: '1' }, /body lacks the property "currency"/],
    [{ $number: '1', integer: 'yes' }, /body\.integer must be true or false/],
    [{ $column: 'x', map: { a: 'b' } }, /body\.otherwise must define/],
    [{ $lookup: 'none', key: 'x', column: 'y' }, /body\.\$lookup refers to "none"/],
    [{ $lookup: 'teams', key: 'x', column: 'y' }, /body\.column must be a column of teams\.csv: agent, region/],
  ])('that is wrong is rejected by the name of its member: %j', (json, message) => {
    expect(() => value(json)).toThrow(message);
  });
});

describe('a condition of a mapping', () => {
  it('looks at one value, and many are put together', () => {
    const row = { stage: 'Won', a: '1', b: '2' };
    expect(holds({ column: 'stage', equals: 'Won' }, row)).toBe(true);
    expect(holds({ column: 'stage', in: ['Lost', 'Open'] }, row)).toBe(false);
    expect(holds({ column: 'c', empty: true }, row)).toBe(true);
    expect(holds({ column: 'stage', matches: '^W' }, row)).toBe(true);
    expect(holds({ column: 'a', differsFrom: { $column: 'b' } }, row)).toBe(true);
    expect(holds({ all: [{ column: 'a', notEmpty: true }, { not: { column: 'b', equals: 3 } }] }, row)).toBe(true);
    expect(
      holds(
        {
          any: [
            { column: 'a', equals: 9 },
            { column: 'b', equals: 9 },
          ],
        },
        row,
      ),
    ).toBe(false);
  });

  it('that is wrong is rejected by the name of its member', () => {
    expect(() => holds({ column: 'a' })).toThrow(/when requires exactly one of/);
    expect(() => holds({ equals: 1 })).toThrow(/when requires a column or a value/);
    expect(() => holds({ column: 'a', matches: '(' })).toThrow(/when\.matches is not a regular expression/);
  });
});
