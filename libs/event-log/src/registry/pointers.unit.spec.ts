import { describe, expect, it } from '@jest/globals';
import { concretePointers, isWithin, schemasAt, selected, selectionOf, without } from './pointers.js';

const data = { name: 'Ada', people: [{ email: 'a', role: 'b' }, { role: 'c' }], labels: { x: 'y', 'a/b': 'z' } };

describe('a pointer', () => {
  it('leads to a member, to each item of a list and to each member of a record', () => {
    expect(concretePointers(data, '/name')).toEqual(['/name']);
    expect(concretePointers(data, '/people/*/role')).toEqual(['/people/0/role', '/people/1/role']);
    expect(concretePointers(data, '/people/*/email')).toEqual(['/people/0/email']);
    expect(concretePointers(data, '/people/1/role')).toEqual(['/people/1/role']);
    expect(concretePointers(data, '/labels/*')).toEqual(['/labels/x', '/labels/a~1b']);
    expect(concretePointers(data, '/labels/a~1b')).toEqual(['/labels/a~1b']);
    expect(concretePointers(data, '/name/first')).toEqual([]);
    expect(concretePointers(data, '/toString')).toEqual([]);
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
