import { describe, expect, it } from '@jest/globals';
import { plainIds } from '#platform';
import { MoneyBody } from '#relationship';
import { Labels, ListOf, Nested, Optional, Text, Word } from '#relationship/kernel/body.js';
import { ownForeignKeyIds } from '../../sink/foreign-key-ids.js';
import type { Json } from '../mapping/mapping.js';
import { type ImportRecord, RowProblem } from '../records/import-record.js';
import { compileBody, compilerFor } from './compile.js';
import { compileCondition } from './condition.js';
import type { Compilation } from './expression.js';
import type { LookupTable } from './lookup-table.js';

const teams: LookupTable = {
  file: 'teams.csv',
  columns: ['agent', 'region'],
  has: (key) => key === 'Ann',
  get: (key, column) => (key === 'Ann' && column === 'region' ? 'West' : undefined),
};
const counts = { notFound: 0 };
const compilation = (): Compilation => ({
  system: 'crm',
  lookups: new Map([['teams', teams]]),
  columns: new Set(),
  missing: new Set(['n/a', 'NULL']),
  today: '2026-05-15',
  foreignKeyIds: ownForeignKeyIds(plainIds),
  company: { zone: 'UTC' },
  counts,
  grouped: true,
  rowKey: ({ file, line }) => [file, String(line)],
});
const rowOf = (fields: Readonly<Record<string, string>>): ImportRecord => ({
  file: 'f.csv',
  line: 7,
  get: (column) => fields[column],
  original: () => fields,
});
const value = (json: Json, fields: Readonly<Record<string, string>> = {}) => compilerFor(compilation())(json, 'body')(rowOf(fields));
const holds = (json: Json, fields: Readonly<Record<string, string>> = {}) =>
  compileCondition(json, 'when', compilerFor(compilation()))(rowOf(fields));

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

  it('keys with the character that joins them do not run into one another either', () => {
    const id = (a: string, b: string) => value({ $id: 'x', of: ['a', 'b'] }, { a, b });
    expect(new Set([id('1\u00002', '3'), id('1', '2\u00003'), id('1', '2'), id('a|b', 'c'), id('a', 'b|c')]).size).toBe(5);
  });

  it('of an id is made of columns and of values', () => {
    const account = { $column: 'a', map: { GTXPro: 'GTX Pro' }, otherwise: 'keep' };
    expect(value({ $id: 'x', of: [account, 'b'] }, { a: 'GTXPro', b: '1' })).toBe(
      value({ $id: 'x', of: ['a', 'b'] }, { a: 'GTX Pro', b: '1' }),
    );
    expect(value({ $id: 'x', of: [account] }, { a: 'NULL' })).toBeUndefined();
    expect(() => value({ $id: 'x', of: account, empty: 'reject' })).toThrow('body.of.0 has no value, so there is no x id');
    expect(() => value({ $id: 'x', of: 3 })).toThrow('body.of must be a column, a value with an operator, or a list of them');
  });

  it('of a template has columns and values in its braces', () => {
    const greeting = { $template: '{who} of {a}', with: { who: { $column: 'b', map: { x: 'Ann' }, otherwise: 'reject' } } };
    expect(value(greeting, { a: 'Acme', b: 'x' })).toBe('Ann of Acme');
    expect([value(greeting, { a: '', b: 'x' }), value(greeting, { a: 'n/a' })]).toEqual(['Ann of', undefined]);
    expect(value({ $template: '{a} {b}' }, { a: 'Ann' })).toBe('Ann');
    expect(value({ $template: '{a} {b}' }, { b: ' Lee ' })).toBe('Lee');
    expect(() => value({ $template: '{a}', with: { b: 1 } })).toThrow('body.with has "b", which is not in the template');
  });

  it('is missing where the source says so, in every column', () => {
    for (const a of ['n/a', ' NULL ']) {
      expect(value({ kept: 1, gone: { $column: 'a' }, text: { $template: '{a}' }, id: { $id: 'x', of: 'a' } }, { a })).toEqual({ kept: 1 });
      expect(value({ $column: 'a', trim: false, empty: { constant: 'none' } }, { a })).toBe('none');
      expect(holds({ column: 'a', empty: true }, { a })).toBe(true);
    }
    expect(value({ $column: 'a' }, { a: 'null' })).toBe('null');
  });

  it('is one or another by a condition', () => {
    const sign = { $when: { column: 'a', matches: '^C' }, value: 'credit', else: { $column: 'b' } };
    expect([
      value(sign, { a: 'C1', b: 'x' }),
      value(sign, { a: '1', b: 'x' }),
      value({ $when: { column: 'a', equals: '1' }, value: 2 }),
    ]).toEqual(['credit', 'x', undefined]);
    expect(() => value({ $when: { column: 'a' }, value: 1 })).toThrow('body.$when requires exactly one of');
  });

  it('is a text that is changed', () => {
    const of = (members: object) => value({ $text: { $column: 'a' }, ...members }, { a: ' Ab-12 / c ' });
    expect(of({ case: 'upper' })).toBe('AB-12 / C');
    expect(of({ strip: '[^0-9]', pad: 5 })).toBe('00012');
    expect(of({ strip: '\\s|/', case: 'lower', pad: 7, with: '.', map: { '.ab-12c': 'found' }, otherwise: 'reject' })).toBe('found');
    expect(of({ strip: '.' })).toBeUndefined();
    expect(of({ pad: 2 })).toBe('Ab-12 / c');
    expect(() => of({ map: { a: 'b' }, otherwise: 'reject' })).toThrow('body: "Ab-12 / c" is not one of the known values "a"');
  });

  it('of a number has the sign and the digits that the mapping asks for', () => {
    const number = (a: string, members: object = {}) => value({ $number: { $column: 'a' }, ...members }, { a });
    expect([
      number('-3', { sign: 'absolute' }),
      number('-3', { sign: 'negate' }),
      number('3', { sign: 'negate' }),
      number('0', { sign: 'negate' }),
    ]).toEqual([3, 3, -3, 0]);
    expect([number('2.345', { digits: 2, round: 'half-even' }), number('2.5', { integer: true, round: 'half-up' })]).toEqual([2.34, 3]);
    expect(() => number('2.5', { digits: 0 })).toThrow('"2.5" is not exact with 0 decimal digits');
    expect(number('0012345678901234.5')).toBe(12345678901234.5);
    expect(() => number('12345678901234567890')).toThrow('has more digits than a number keeps');
    expect(() => number('1', { round: 'up' })).toThrow('body.round needs "digits" or "integer" beside it');
  });

  it('of money is multiplied without a float', () => {
    const line = {
      $money: { $column: 'price' },
      currency: 'GBP',
      times: { $number: { $column: 'n' }, sign: 'absolute' },
      round: 'half-up',
    };
    expect([value(line, { price: '4.35', n: '-3' }), value(line, { price: '0.015', n: '1' }), value(line, { price: '1', n: '' })]).toEqual([
      { minor: 1305, currency: 'GBP' },
      { minor: 2, currency: 'GBP' },
      undefined,
    ]);
  });

  it('of lines is a list, or a sum without binary fractions', () => {
    const lines = [
      { n: '0.1', p: '1.10' },
      { n: '0.2', p: '-0.30' },
    ].map((fields, index) => ({ ...rowOf(fields), line: 7 + index }));
    const of = (json: Json, group = lines) => compilerFor(compilation())(json, 'body')({ ...lines[0]!, group });
    const n = { $number: { $column: 'n' } };
    const p = { $money: { $column: 'p' }, currency: 'EUR' };
    expect([of({ $sum: n }), of({ $sum: p })]).toEqual([0.3, { minor: 80, currency: 'EUR' }]);
    expect(of({ $lines: { quantity: n, note: { $column: 'x' } } })).toEqual([{ quantity: 0.1 }, { quantity: 0.2 }]);
    expect(() => of({ $sum: { $number: { $column: 'x' } } })).toThrow('body: a line has no number or amount to add');
    expect(() => of({ $sum: { ...p, digits: 1 } })).toThrow('line 7: "1.10" has more than the 1 decimal digits');
    expect(() => compilerFor({ ...compilation(), grouped: false })({ $lines: n }, 'body')).toThrow(
      'body.$lines requires "group" in the mapping',
    );
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
    expect(counts.notFound).toBe(1);
    expect(() => value(region('reject'), { agent: 'Bob' })).toThrow('teams.csv has no region for "Bob"');
    expect(counts.notFound).toBe(1);
  });

  it('is the first that is there', () => {
    expect(value({ $first: [{ $column: 'a' }, { $column: 'b' }, 'z'] }, { b: 'y' })).toBe('y');
    expect(value({ $first: [{ $column: 'a' }, 'z'] })).toBe('z');
  });

  it('of a time is in the zone that is named, which no offset is', () => {
    const date = (zone: string) => value({ $date: { $column: 'at' }, zone }, { at: '2026-07-15 10:00' });
    expect([date('Europe/Berlin'), date('UTC')]).toEqual(['2026-07-15T08:00:00.000Z', '2026-07-15T10:00:00.000Z']);
    for (const zone of ['+02:00', 'UTC+2', 'local', 'Mars/Olympus'])
      expect(() => date(zone)).toThrow(`zone must be an IANA time zone such as Europe/Rome, not "${zone}"`);
  });

  it('of a day is the date as it is written, which no zone moves', () => {
    const day = (birth: string, members: object = {}) => value({ $day: { $column: 'birth' }, ...members }, { birth });
    expect(day('1985-05-15')).toBe('1985-05-15');
    expect([day('1985-05-15T23:30:00-11:00'), day('1985-05-15 00:30:00+02:00')]).toEqual(['1985-05-15', '1985-05-15']);
    expect(day('15.5.1985', { format: ['yyyy-MM-dd', 'd.M.yyyy'] })).toBe('1985-05-15');
    expect([day('29.2.', { format: 'd.M.' }), day('')]).toEqual(['--02-29', undefined]);
    expect([day('19850515'), day('01.02.55', { format: 'dd.MM.yy' })]).toEqual(['1985-05-15', '2055-02-01']);
    for (const text of ['31182', '0000-00-00', '1985-02-29', '12:30', '1985', '1985-05', '1985123', '2024-W05', '2024-123'])
      expect(() => day(text)).toThrow(RowProblem);
    expect(day('31182', { otherwise: 'omit' })).toBeUndefined();
    expect(() => day('1', { format: 'unix' })).toThrow('body.format must be "iso" or date format tokens');
  });

  it('of a birth date is in the past, also where its year has two digits', () => {
    const birthDate = (json: Json, birth: string) => value({ person: { birthDate: json } }, { birth });
    const born = (birth: string, format: string) => birthDate({ $day: { $column: 'birth' }, format }, birth);
    const on = (date: string) => ({ person: { birthDate: date } });
    expect(born('15.05.55', 'dd.MM.yy')).toEqual(on('1955-05-15'));
    expect(born('15.05.26', 'dd.MM.yy')).toEqual(on('2026-05-15'));
    expect(born('16.05.26', 'dd.MM.yy')).toEqual(on('1926-05-16'));
    expect(born('16.05.', 'dd.MM.')).toEqual(on('--05-16'));
    expect(() => born('2026-05-16', 'iso')).toThrow('"2026-05-16" is not a birth date: it is in the future');
    expect(() => birthDate({ $column: 'birth' }, '2055-05-15')).toThrow(RowProblem);
    expect(birthDate({ $first: [{ $day: { $column: 'birth' }, format: 'd.M.yy' }] }, '1.2.30')).toEqual(on('1930-02-01'));
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

class Identifier {
  @Word() kind!: string;
  @Text() value!: string;
  @Optional() @Word() note?: string;
}
class Customer {
  @Word() displayName!: string;
  @Optional() @ListOf(() => Identifier, 9) identifiers?: Identifier[];
  @Optional() @Nested(() => MoneyBody) worth?: MoneyBody;
  @Optional() @Labels(9) labels?: object;
}

describe('a body of a mapping', () => {
  const body = (json: Json, fields: Readonly<Record<string, string>> = {}) =>
    compileBody(json, 'body', Customer, compilerFor(compilation()))(rowOf(fields));
  const email = { kind: 'email', value: { $column: 'email' } };

  it('leaves out an object of constants whose required members have no value', () => {
    const identifiers = [email, { kind: 'phone', value: { $column: 'phone' } }];
    expect(body({ identifiers, worth: { minor: { $number: { $column: 'worth' } }, currency: 'EUR' } }, { phone: '1' })).toEqual({
      identifiers: [{ kind: 'phone', value: '1' }],
    });
    expect(body({ displayName: 'A', identifiers })).toEqual({ displayName: 'A' });
  });

  it('keeps an object that says something else, for the command to reject, and one that may lack the member', () => {
    const noted = [{ ...email, note: { $column: 'note' } }];
    expect(body({ identifiers: noted }, { note: 'old' })).toEqual({ identifiers: [{ kind: 'email', note: 'old' }] });
    const optional = [{ kind: 'x', value: 'y', note: { $column: 'note' } }];
    expect(body({ identifiers: optional })).toEqual({ identifiers: [{ kind: 'x', value: 'y' }] });
    expect(body({ displayName: { $column: 'name' }, labels: { a: 'b' } })).toEqual({ labels: { a: 'b' } });
  });

  it.each<[Json, string]>([
    [{ displayname: 'x' }, 'body has the unknown property "displayname"; did you mean "displayName"? Allowed: displayName, identifiers,'],
    [{ identifiers: [{ kind: 'x', valeu: 'y' }] }, 'body.identifiers.0 has the unknown property "valeu"; did you mean "value"?'],
    [{ $first: [{ worht: 1 }] }, 'body.$first.0 has the unknown property "worht"; did you mean "worth"?'],
    [
      { worth: { $when: { column: 'a', empty: true }, value: { minor: 1, curency: 'EUR' } } },
      'body.worth.value has the unknown property "curency"',
    ],
    [{ entirelyOther: 1 }, 'body has the unknown property "entirelyOther"; allowed: displayName, identifiers, worth, labels'],
  ])('with an unknown member is rejected before any row: %j', (json, message) => {
    expect(() => body(json)).toThrow(message);
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
