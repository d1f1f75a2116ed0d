import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Problem } from '../problems/problem.js';
import { parseJsonBody } from './json-body.js';
import { findJsonFault } from './json-fault.js';

const problemOf = (bytes: Buffer): Problem => {
  try {
    parseJsonBody(bytes);
  } catch (error) {
    return error as Problem;
  }
  throw new Error('was read');
};

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('findJsonFault', () => {
  it('finds a fault exactly where JSON.parse rejects', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', '\u0001', 'x', '-', '0'), (value, place, junk) => {
        const text = JSON.stringify(value, undefined, 1);
        const at = place % (text.length + 1);
        const broken = text.slice(0, at) + junk + text.slice(junk === '' ? at + 1 : at);
        expect(findJsonFault(broken) === undefined).toBe(parses(broken));
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets every text that begins like it up to the fault be completed', () => {
    for (const [text, fault] of [
      ['{"a":}', 5],
      ['[1,]', 3],
      ['{"a":1,}', 7],
      ['tru', 0],
      ['{"a" 1}', 5],
      ['[1 2]', 3],
      ['', 0],
      ['"ab\ncd"', 3],
      ['{"a":1}x', 7],
    ] as const)
      expect([text, findJsonFault(text)]).toEqual([text, fault]);
  });
});

describe('parseJsonBody', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        fc.pre(!/__proto__/.test(JSON.stringify(value)));
        expect(parseJsonBody(Buffer.from(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('takes an empty body for none', () => {
    expect(parseJsonBody(Buffer.alloc(0))).toBeUndefined();
  });

  it('reads 32 levels and rejects the 33rd where it opens', () => {
    const nested = (levels: number) => Buffer.from(`${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`);
    expect(parseJsonBody(nested(32))).toEqual(JSON.parse(nested(32).toString()));
    const problem = problemOf(Buffer.from(`[${nested(32)}]`));
    expect(problem.message).toContain('is nested deeper than 32 levels');
    expect(problem.members).toMatchObject({ position: '[[{"a":'.length + '[{"a":'.length * 14 + 1 });
  });

  it('takes brackets one after another, and those within a text, for no depth', () => {
    const flat = { list: Array.from({ length: 40 }, () => [{}]), text: '[{'.repeat(40), escaped: '"[{'.repeat(40) };
    expect(parseJsonBody(Buffer.from(JSON.stringify(flat)))).toEqual(flat);
  });

  it.each(['{"a":{"__proto__":1}}', '{"\\u005f_proto__":1}', '{"__pr\\u006fto__":1}'])('rejects the member __proto__ of %s', (text) => {
    expect(problemOf(Buffer.from(text)).message).toBe('A member must not be named __proto__.');
  });

  it('reads members that are named like methods of every object', () => {
    const text = '{"labels":{"constructor":"x","toString":"y"}}';
    expect(JSON.stringify(parseJsonBody(Buffer.from(text)))).toBe(text);
  });

  it('rejects numbers that only infinity is left of, and reads the largest that are not', () => {
    const digits = (count: number) => '9'.repeat(count);
    for (const number of ['1e309', '-1e400', '1E+1000', digits(400), `${digits(250)}e99`])
      expect(problemOf(Buffer.from(`{"quantity":${number}}`)).message).toContain('beyond 1.8e308');
    for (const number of ['1e308', '-1e-400', digits(308), '1e21'])
      expect(parseJsonBody(Buffer.from(`[${number}]`))).toEqual([Number(number)]);
    expect(parseJsonBody(Buffer.from('{"code":"1e999"}'))).toEqual({ code: '1e999' });
  });

  it('names the byte at which UTF-8 ends', () => {
    const start = Buffer.from('{"a":"日本');
    for (const junk of [[0xff], [0xc3, 0x28], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]])
      expect(problemOf(Buffer.concat([start, Buffer.from(junk), Buffer.from('"}')])).members).toEqual({ position: start.length });
  });

  it('counts bytes, lines and columns, and quotes nothing', () => {
    const problem = problemOf(Buffer.from('{\n "é": Nadia }'));
    expect(problem.members).toEqual({ position: 9, line: 2, column: 7 });
    expect(problem.message).not.toContain('Nadia');
  });
});
