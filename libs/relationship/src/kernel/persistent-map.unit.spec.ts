import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emptyMap, entriesOf, get, has, type PersistentMap, put, replace } from './persistent-map.js';

const puts = fc.array(fc.tuple(fc.nat({ max: 60 }).map(String), fc.nat()), { maxLength: 400, size: 'max' });

/** By turns with `put` and with `replace`. */
const changed = (map: PersistentMap<number>, [id, value]: readonly [string, number]) => (value % 2 === 0 ? put : replace)(map, id, value);

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
        const map = entries.reduce<PersistentMap<number>>(changed, emptyMap());
        return holds(map, new Map(entries));
      }),
    );
  });

  it('leaves every former map as it was', () => {
    fc.assert(
      fc.property(puts, (entries) => {
        const former: { readonly map: PersistentMap<number>; readonly model: ReadonlyMap<string, number> }[] = [];
        let map = emptyMap<number>();
        for (const [index, entry] of entries.entries()) {
          if (index % 20 === 0) former.push({ map, model: new Map(entries.slice(0, index)) });
          map = changed(map, entry);
        }
        return former.every((one) => holds(one.map, one.model));
      }),
    );
  });

  it('of 10,000 ids consists of a handful of parts', () => {
    let map = emptyMap<true>();
    for (let n = 0; n < 10_000; n++) map = put(map, `contact-${n}`, true);
    expect(map.older.length).toBeLessThanOrEqual(Math.log2(10_000 / 32));
    expect(map.latest.length).toBeLessThan(32);
    expect(get(map, 'contact-0')).toBe(true);
  });

  it('does not grow by an id that is replaced', () => {
    let map = put(emptyMap<number>(), 'tier', 0);
    for (let n = 1; n <= 100; n++) map = replace(map, 'tier', n);
    expect(map).toEqual({ latest: [['tier', 100]], older: [] });
  });
});
