import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emptyMap, entriesOf, get, has, type PersistentMap, put } from './persistent-map.js';

const puts = fc.array(fc.tuple(fc.nat({ max: 200 }).map(String), fc.nat()), { maxLength: 1500, size: 'max' });

describe('a persistent map', () => {
  it('holds what a map holds', () => {
    fc.assert(
      fc.property(puts, (entries) => {
        const map = entries.reduce<PersistentMap<number>>((folded, [id, value]) => put(folded, id, value), emptyMap());
        const model = new Map(entries);
        expect(new Map(entriesOf(map))).toEqual(model);
        expect([...entriesOf(map)]).toHaveLength(model.size);
        for (const [id, value] of model) expect(get(map, id)).toBe(value);
        expect(has(map, 'never')).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it('leaves every former map as it was', () => {
    fc.assert(
      fc.property(puts, (entries) => {
        const former: { readonly map: PersistentMap<number>; readonly model: ReadonlyMap<string, number> }[] = [];
        let map = emptyMap<number>();
        const model = new Map<string, number>();
        for (const [index, [id, value]] of entries.entries()) {
          if (index % 50 === 0) former.push({ map, model: new Map(model) });
          map = put(map, id, value);
          model.set(id, value);
        }
        for (const one of former) expect(new Map(entriesOf(one.map))).toEqual(one.model);
      }),
      { numRuns: 50 },
    );
  });

  it('of 10,000 ids consists of a handful of parts', () => {
    let map = emptyMap<true>();
    for (let n = 0; n < 10_000; n++) map = put(map, `contact-${n}`, true);
    expect(map.older.length).toBeLessThanOrEqual(Math.log2(10_000 / 32));
    expect(get(map, 'contact-0')).toBe(true);
  });
});
