import { describe, expect, it } from '@jest/globals';
import { differencesOf, matcherOf } from './differences.js';

describe('differences of two answers', () => {
  it('are none between equal values, whatever the order of members', () =>
    expect(differencesOf({ a: [1, { b: null }], c: 2 }, { c: 2, a: [1, { b: null }] })).toEqual([]));
  it('are named by the pointer to the value', () =>
    expect(differencesOf({ a: [{ 'x/y': 1 }], same: 0 }, { a: [{ 'x/y': 2 }], same: 0, more: true })).toEqual([
      { at: '/a/0/x~1y', before: 1, now: 2 },
      { at: '/more', before: undefined, now: true },
    ]));
  it('of lists of another length are what only one of them holds', () =>
    expect(differencesOf([{ id: 1 }, { id: 2 }], [{ id: 2 }])).toEqual([{ at: '', before: [{ id: 1 }], now: [] }]));
});

describe('a listed difference', () => {
  const matches = (where: string, found: string) => matcherOf({ where, sentence: '' }).test(found);
  it('is found by its words', () => {
    expect(matches('admin /views/funnel?by=a.b /x', 'admin /views/funnel?by=a.b /x')).toBe(true);
    expect(matches('admin /views/funnel?by=a.b /x', 'admin /views/funnel?by=a-b /x')).toBe(false);
    expect(matches('admin /views/funnel /x', 'admin /views/funnel /x/y')).toBe(false);
  });
  it('may leave one segment open by *, and all by **, never what stands between blanks', () => {
    expect(matches('* /customers/*/churn?asOf=* /rate', 'admin /customers/c-1/churn?asOf=2026 /rate')).toBe(true);
    expect(matches('* /customers/* /rate', 'admin /customers/c-1/churn /rate')).toBe(false);
    expect(matches('* /customers/** /bodies/**/rate', 'admin /customers/c-1/churn?asOf=2026 /bodies/0/a/rate')).toBe(true);
    expect(matches('**', 'admin /customers /rate')).toBe(false);
  });
});
