import { describe, expect, it } from '@jest/globals';
import type { CsvFormat } from '../mapping/mapping.js';
import { csvRows } from './csv-rows.js';

async function rowsOf(text: string, format: Partial<CsvFormat> = {}) {
  const lines = text.split('\n').map((line, index) => ({ line: index + 1, text: line }));
  const rows = [];
  // One line a batch: where a batch ends must not matter.
  const batches = (async function* () {
    for (const line of lines) yield [line];
  })();
  for await (const { line, values, problem } of csvRows(batches, { format: 'csv', ...format }))
    rows.push(problem ? { line, problem } : { line, values });
  return rows;
}

describe('rows of a CSV file', () => {
  it('are numbered by their first physical line', async () => {
    expect(await rowsOf('a,b\n"1\n2",x\n\n3,"say ""hi"""')).toEqual([
      { line: 1, values: ['a', 'b'] },
      { line: 2, values: ['1\n2', 'x'] },
      { line: 5, values: ['3', 'say "hi"'] },
    ]);
  });

  it('say where they end', async () => {
    const lines = ['a,"1', '2"', '', 'b,3', 'c,"open', 'd,"x', 'y" z', 'e,4'].map((text, index) => ({ line: index + 1, text }));
    const ends = [];
    for await (const { line, end } of csvRows(
      (async function* () {
        yield lines;
      })(),
      { format: 'csv' },
    ))
      ends.push([line, end]);
    expect(ends).toEqual([
      [1, 2],
      [4, 4],
      [5, 5],
      [6, 6],
      [7, 7],
      [8, 8],
    ]);
  });

  it('a quote that is never closed costs one row', async () => {
    expect(await rowsOf('1,ok\n2,"open\n3,fine\n4,fine')).toEqual([
      { line: 1, values: ['1', 'ok'] },
      { line: 2, problem: 'opens a quote " that is not closed' },
      { line: 3, values: ['3', 'fine'] },
      { line: 4, values: ['4', 'fine'] },
    ]);
  });

  it('two stray quotes cost their two rows, and none between them', async () => {
    const stray = { problem: 'opens a quote " that is not closed' };
    expect(await rowsOf('1,fine\n2,3.5" disk\n3,fine\n4,"two\nlines"\n5,5.25" disk\n6,8" disk\n7,fine')).toEqual([
      { line: 1, values: ['1', 'fine'] },
      { line: 2, ...stray },
      { line: 3, values: ['3', 'fine'] },
      { line: 4, values: ['4', 'two\nlines'] },
      { line: 6, ...stray },
      { line: 7, ...stray },
      { line: 8, values: ['7', 'fine'] },
    ]);
  });

  it('text after a closing quote costs one row', async () => {
    const [first, second] = await rowsOf('1,"bad"x\n2,fine');
    expect(first).toMatchObject({ line: 1, problem: expect.stringContaining('malformed') });
    expect(second).toEqual({ line: 2, values: ['2', 'fine'] });
  });

  it('an escaped escape before the closing quote does not take the next row along', async () => {
    expect(await rowsOf([String.raw`1,"a\\"`, String.raw`2,"say \"b\""`].join('\n'), { escape: '\\' })).toEqual([
      { line: 1, values: ['1', 'a\\'] },
      { line: 2, values: ['2', 'say "b"'] },
    ]);
  });

  it('follow the delimiter, quote and comment of the mapping', async () => {
    expect(await rowsOf("#skip\n1;'a;b'\n", { delimiter: ';', quote: "'", comment: '#' })).toEqual([{ line: 2, values: ['1', 'a;b'] }]);
  });
});
