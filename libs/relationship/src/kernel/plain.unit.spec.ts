import { describe, expect, it } from '@jest/globals';
import { plain, sameJson } from './plain.js';

describe('the data of an event', () => {
  it('has no member that says nothing, at any depth, and no class', () => {
    class Body {
      kept = { a: undefined, b: null, c: 0, d: '', e: false };
      list = [{ a: null, b: 1 }, null];
      gone = undefined;
    }
    const data = plain(new Body() as object);
    expect(data).toStrictEqual({ kept: { c: 0, d: '', e: false }, list: [{ b: 1 }, null] });
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  });

  it('keeps a member named __proto__ as any other, which may be written and removed', () => {
    const text = '{"labels":{"__proto__":{"polluted":"yes"},"a":"b"}}';
    const data = plain(JSON.parse(text));
    expect(JSON.stringify(data)).toBe(text);
    expect(data.labels.polluted).toBeUndefined();
    const descriptor = (name: string) => ({ ...Object.getOwnPropertyDescriptor(data.labels, name), value: undefined });
    expect(descriptor('__proto__')).toEqual(descriptor('a'));
  });
});

describe('two values are the same JSON', () => {
  it.each([
    ['in whatever order their members are', { a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }],
    ['as texts', 'a', 'a'],
    ['as nothing', null, null],
  ])('%s', (_, one, other) => expect(sameJson(one, other)).toBe(true));

  it.each([
    ['one member more', { a: 1 }, { a: 1, b: 1 }],
    ['another value', { a: 1, b: 1 }, { a: 1, b: 2 }],
    ['another name', { a: 1 }, { b: 1 }],
    ['a name that every object inherits', { toString: Object.prototype.toString }, { a: 1 }],
    ['another order of a list', [1, 2], [2, 1]],
    ['a list for an object', [], {}],
    ['a list for an object of its indices', ['a'], { 0: 'a' }],
    ['nothing', {}, null],
    ['a text for a list', 'a', ['a']],
    ['a number for an object', 1, {}],
    ['a number for a text', 1, '1'],
  ])('but for %s', (_, one, other) => expect([sameJson(one, other), sameJson(other, one)]).toEqual([false, false]));
});
