import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deleteId, emptyIdMap, getId, type IdMap, idBlocks, idEntries, idValues, setId } from './id-map.js';

type Step = readonly [id: string, value: number | undefined];
const ids = fc.oneof(fc.nat({ max: 400 }).map(String), fc.string({ minLength: 1, maxLength: 4 }), fc.constant('__proto__'));
const steps = fc.array(fc.tuple(ids, fc.option(fc.nat(), { nil: undefined, freq: 3 })), {
  maxLength: 900,
  size: 'max',
});
const taken = (map: IdMap<number>, [id, value]: Step) => (value === undefined ? deleteId(map, id) : setId(map, id, value));
const model = (taken: readonly Step[]) => {
  const map = new Map<string, number>();
  for (const [id, value] of taken)
    if (value === undefined) map.delete(id);
    else map.set(id, value);
  return map;
};
const isLike = (map: IdMap<number>, like: ReadonlyMap<string, number>) => {
  expect(new Map(idEntries(map))).toEqual(like);
  expect(idBlocks(map).flat()).toEqual(idEntries(map));
  expect(idValues(map)).toEqual(idEntries(map).map(([, value]) => value));
  for (const id of ['__proto__', 'never', ...like.keys(), ...Array.from({ length: 402 }, (_, n) => String(n))])
    expect(getId(map, id)).toBe(like.get(id));
};

describe('a map from ids', () => {
  it('holds what a map holds, also when it was stored, and leaves the map before as it was', () => {
    fc.assert(
      fc.property(steps, fc.nat(900), (all, some) => {
        const before = all.slice(0, some).reduce(taken, emptyIdMap as IdMap<number>);
        const map = all.slice(some).reduce(taken, before);
        isLike(before, model(all.slice(0, some)));
        isLike(map, model(all));
        isLike(all.slice(some).reduce(taken, JSON.parse(JSON.stringify(before))), model(all));
      }),
      { numRuns: 30 },
    );
  });

  const many = Array.from({ length: 10_000 }, (_, n) => n).reduce((map, n) => setId(map, `deal-${n}`, n), emptyIdMap as IdMap<number>);

  it('has blocks of a few entries, of which a change replaces one', () => {
    for (const block of idBlocks(many)) expect(block.length).toBeLessThanOrEqual(16);
    for (const changed of [setId(many, 'deal-7', -1), setId(many, 'new', 0), deleteId(many, 'deal-7')]) {
      const known = new Set(idBlocks(many));
      expect(idBlocks(changed).filter((block) => !known.has(block)).length).toBeLessThanOrEqual(16);
    }
  });

  it('stays the same object where there is nothing to delete', () => {
    expect(deleteId(many, 'never')).toBe(many);
    const small = setId(emptyIdMap as IdMap<number>, 'a', 1);
    expect(deleteId(small, 'b')).toBe(small);
  });
});
