import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emptyMap, entriesOf, get, has, type PersistentMap, put } from './persistent-map.js';

const puts = fc.array(fc.tuple(fc.nat({ max: 60 }).map(String), fc.nat()), { maxLength: 400, size: 'max' });

const holds = (map: PersistentMap<number>, model: ReadonlyMap<string, number>): boolean => {
  const entries = [...entriesOf(map)];
  return (
    entries.length === model.size && entries.every(([id, value]) => model.get(id) === value && get(map, id) === value) && !has(map, 'never')
  );
};

describe('a persistent map', () => {
  it('holds what a map holds', () => {
    fc.assert(
      fc.property(puts, (entries) => {
        const map = entries.reduce<PersistentMap<number>>((folded, [id, value]) => put(folded, id, value), emptyMap());
        return holds(map, new Map(entries));
      }),
    );
  });

  it('leaves every former map as it was', () => {
    fc.assert(
      fc.property(puts, (entries) => {
        const former: { readonly map: PersistentMap<number>; readonly model: ReadonlyMap<string, number> }[] = [];
        let map = emptyMap<number>();
        for (const [index, [id, value]] of entries.entries()) {
          if (index % 20 === 0) former.push({ map, model: new Map(entries.slice(0, index)) });
          map = put(map, id, value);
        }
        return former.every((one) => holds(one.map, one.model));
      }),
    );
  });

  it('of 10,000 ids consists of a handful of parts', () => {
    let map = emptyMap<true>();
    for (let n = 0; n < 10_000; n++) map = put(map, `contact-${n}`, true);
    expect(map.older.length).toBeLessThanOrEqual(Math.log2(10_000 / 32));
    expect(get(map, 'contact-0')).toBe(true);
  });
});
