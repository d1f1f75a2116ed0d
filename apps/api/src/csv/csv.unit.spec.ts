import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { Type } from 'typebox';
import { instant, money, named, orNull, strict, text } from '#projections/answer-schema.js';
import { csvPages, csvRows, csvTableOf, preferredOf } from './csv-pages.js';
import { csvTables } from './csv-tables.js';
import { csvLine } from './csv-text.js';

describe('a line of CSV', () => {
  it.each([
    [['a', 1, -1.5, true, null, undefined], 'a,1,-1.5,true,,'],
    [['a,b', 'say "x"', 'two\r\nlines', ' edge '], '"a,b","say ""x""","two\r\nlines"," edge "'],
    [[['e-1', 'e-2'], { EUR: 5 }, [{ a: 1 }]], 'e-1 e-2,"{""EUR"":5}","[{""a"":1}]"'],
    [['=1+1', '+49 30', '-x', '@a', '\t=1', ' =1', '＝1', '\r1'], `'=1+1,'+49 30,'-x,'@a,'\t=1,' =1,'＝1,"'\r1"`],
    [['Хлебный двор', 'a=b', '1-2', '王'], 'Хлебный двор,a=b,1-2,王'],
  ])('of %j', (cells, line) => {
    expect(csvLine(cells)).toBe(`${line}\r\n`);
  });

  it('is read again as it was written', () => {
    const cells = ['a', '"', ',', '\n', 'x\r\ny', 'x"y', ' b ', ''];
    expect(parse(csvLine(cells))).toEqual([cells]);
  });
});

const definition = {
  name: 'things',
  path: '/things',
  parameters: {},
  answers: named(
    'Things',
    strict({
      at: instant(),
      things: Type.Array(
        strict({ id: text(), worth: orNull(money), tags: Type.Array(text()), parts: Type.Array(strict({ no: Type.Integer() })) }),
      ),
      other: strict({ list: Type.Array(Type.Union([strict({ a: text() }), strict({ a: text(), b: text() })])) }),
    }),
  ),
};

describe('the tables of an answer', () => {
  it('are its lists and the lists in them, with the members of their items down to plain values', () => {
    expect(csvTables(definition).map(({ name, header }) => [name, header.join()])).toEqual([
      ['things', 'id,worth.minor,worth.currency,tags,parts'],
      ['things.parts', 'id,worth.minor,worth.currency,tags,parts.no'],
      ['other.list', 'a,b'],
    ]);
  });

  it('have a row for each item, with empty cells for what it lacks', () => {
    const body = {
      things: [
        { id: '1', worth: null, tags: ['x', 'y'], parts: [{ no: 1 }, { no: 2 }] },
        { id: '2', worth: { minor: 5, currency: 'EUR' }, tags: [], parts: [] },
      ],
      other: { list: [{ a: 'p' }, { a: 'p', b: 'q' }] },
    };
    const rows = (name?: string) => csvRows(csvTableOf(definition, name), body, true);
    expect(rows()).toBe('1,,,x y,"[{""no"":1},{""no"":2}]"\r\n2,5,EUR,,\r\n');
    expect(rows('things.parts')).toBe('1,,,x y,1\r\n1,,,x y,2\r\n');
    expect(rows('other.list')).toBe('p,\r\np,q\r\n');
    const cut = { ...body, cut: ['things'] };
    expect(() => csvRows(csvTableOf(definition, 'things'), cut, true)).toThrow(
      expect.objectContaining({ members: { errors: [expect.objectContaining({ pointer: 'limit' })] } }),
    );
    expect(csvRows(csvTableOf(definition, 'things'), cut, false)).toBe(rows());
    expect(() => csvTableOf({ ...definition, answers: strict({ at: instant() }) }, undefined)).toThrow('things has no table');
  });
});

describe('the pages of a table', () => {
  it('are read one at a time, each when the one before was taken, and no more of them once nobody reads', async () => {
    const asked: string[] = [];
    const read = async (cursor: string) => {
      asked.push(cursor);
      return { text: `${cursor}\r\n`, next: String(Number(cursor) + 1) };
    };
    const pages = csvPages('n\r\n', { text: '0\r\n', next: '1' }, read);
    expect(asked).toEqual([]);
    expect((await pages.next()).value).toBe('n\r\n0\r\n');
    expect(asked).toEqual([]);
    expect((await pages.next()).value).toBe('1\r\n');
    expect((await pages.next()).value).toBe('2\r\n');
    await pages.return(undefined);
    expect((await pages.next()).done).toBe(true);
    expect(asked).toEqual(['1', '2']);
  });

  it('end with the last one, and pass over those that are empty', async () => {
    const texts = ['', 'b\r\n', ''];
    const read = async (cursor: string) => ({
      text: texts[Number(cursor)]!,
      next: cursor === '2' ? undefined : String(Number(cursor) + 1),
    });
    const all: string[] = [];
    for await (const page of csvPages('h\r\n', { text: 'a\r\n', next: '0' }, read)) all.push(page);
    expect(all).toEqual(['h\r\na\r\n', 'b\r\n']);
  });
});

describe('Accept', () => {
  it.each([
    ['text/csv', 'csv'],
    ['TEXT/CSV; charset=utf-8', 'csv'],
    ['application/json;q=0.5, text/csv', 'csv, else json'],
    ['text/csv;q=0.5, application/json;q=0.4', 'csv, else json'],
    ['text/csv, */*', 'csv, else json'],
    ['text/csv, application/json;q=0, */*', 'csv'],
    ['text/csv;q=0.5, application/json', 'json'],
    ['text/csv;q=0.5, */*;q=0.9', 'json'],
    ['text/csv;q=0.5, application/*;q=0.9', 'json'],
    ['text/csv;q=0', 'json'],
    ['text/csv, application/json', 'json'],
    ['*/*', 'json'],
    ['text/*', 'json'],
    [undefined, 'json'],
  ])('%s prefers %s', (accept, preferred) => {
    expect(preferredOf(accept)).toBe(preferred);
  });
});
