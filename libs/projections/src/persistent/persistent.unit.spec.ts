import fc from 'fast-check';
import { deleteId, emptyIdMap, getId, type IdMap, idEntries, setId } from '#relationship/kernel/id-map.js';
import { appended, type BlockList, emptyBlocks } from './block-list.js';

describe('an id map', () => {
  const ids = fc.oneof(fc.string({ minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 400 }).map(String), fc.constant('__proto__'));
  const steps = fc.array(fc.record({ id: ids, value: fc.option(fc.integer()) }), { maxLength: 600, size: 'max' });

  it('is a Map whatever is set and deleted, and goes through JSON', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const expected = new Map<string, number>();
        let map: IdMap<number> = emptyIdMap;
        for (const { id, value } of all) {
          if (value === null) expected.delete(id);
          else expected.set(id, value);
          map = value === null ? deleteId(map, id) : setId(map, id, value);
        }
        const read = JSON.parse(JSON.stringify(map)) as IdMap<number>;
        expect(new Map(idEntries(read))).toEqual(expected);
        for (const { id } of all) expect(getId(read, id)).toBe(expected.get(id));
      }),
      { numRuns: 60 },
    );
  });

  it('leaves the map before as it was', () => {
    const before = Array.from({ length: 100 }, (_, n) => `id-${n}`).reduce<IdMap<number>>((map, id, n) => setId(map, id, n), emptyIdMap);
    const copy = structuredClone(before);
    setId(before, 'id-7', 0);
    deleteId(before, 'id-8');
    expect(before).toEqual(copy);
  });
});

describe('a list in blocks', () => {
  it('holds what was appended in its order, and leaves the list before as it was', () => {
    const lists: BlockList<number>[] = [emptyBlocks];
    for (let n = 0; n < 300; n++) lists.push(appended(lists[n]!, n));
    for (const [length, list] of lists.entries()) expect(list.flat()).toEqual(Array.from({ length }, (_, n) => n));
  });
});
