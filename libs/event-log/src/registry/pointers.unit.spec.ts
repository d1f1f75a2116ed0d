import { describe, expect, it } from '@jest/globals';
import { isWithin, schemasAt, selected, selectionOf, valuesAt, without } from './pointers.js';

const data = { name: 'Ada', people: [{ email: 'a', role: 'b' }, { role: 'c' }], labels: { x: 'y', 'a/b': 'z' } };

describe('a pointer', () => {
  it('leads to a member, to each item of a list and to each member of a record', () => {
    expect(valuesAt(data, '/name')).toEqual(['Ada']);
    expect(valuesAt(data, '/people/*/role')).toEqual(['b', 'c']);
    expect(valuesAt(data, '/people/1/role')).toEqual(['c']);
    expect(valuesAt(data, '/labels/*')).toEqual(['y', 'z']);
    expect(valuesAt(data, '/labels/a~1b')).toEqual(['z']);
    expect(valuesAt(data, '/name/first')).toEqual([]);
  });

  it('is taken out wherever it leads, and leaves what was given as it is', () => {
    const before = structuredClone(data);
    expect(without(data, ['/people/*/email', '/labels/a~1b'])).toEqual({
      ...data,
      people: [{ role: 'b' }, { role: 'c' }],
      labels: { x: 'y' },
    });
    expect(without(data, ['/people/*', '/labels/*'])).toEqual({ name: 'Ada', people: [], labels: {} });
    expect(without(data, ['/people/0'])).toEqual({ ...data, people: [{ role: 'c' }] });
    expect(without(data, ['/missing/*/member', '/name/first'])).toEqual(data);
    expect(without(null, ['/name'])).toBeNull();
    expect(data).toEqual(before);
  });

  it('takes a member named __proto__ for a member', () => {
    const own = JSON.parse('{"__proto__":{"email":"a","role":"b"}}');
    expect(JSON.stringify(without(own, ['/*/email']))).toBe('{"__proto__":{"role":"b"}}');
  });

  it('selects what it leads to', () => {
    expect(selected(data, selectionOf(['/people/*/email', '/labels/*']))).toEqual({ people: [{ email: 'a' }], labels: data.labels });
  });

  it.each([
    ['/people/*/email', ['/people'], true],
    ['/people/*/email', ['/people/*'], true],
    ['/people/0/email', ['/people/*/email'], true],
    ['/people/*/email', ['/people/0/email'], true],
    ['/people', ['/people/*/email'], false],
    ['/peoples/email', ['/people'], false],
    ['/name', [], false],
  ] as const)('%s is within %j: %p', (pointer, others, expected) => expect(isWithin(pointer, others)).toBe(expected));

  it('leads into schemas as into data', () => {
    const email = { type: 'string' };
    const schema = {
      properties: {
        people: { items: { properties: { email } } },
        labels: { patternProperties: { '^.': email } },
        pair: { prefixItems: [email, {}] },
      },
    };
    expect(schemasAt(schema, '/people/*/email')).toEqual([email]);
    expect(schemasAt(schema, '/labels/*')).toEqual([email]);
    expect(schemasAt(schema, '/pair/*')).toEqual([email, {}]);
    expect(schemasAt(schema, '/people/*/mail')).toEqual([]);
  });
});
