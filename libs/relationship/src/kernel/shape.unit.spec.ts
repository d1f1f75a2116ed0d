import { describe, expect, it } from '@jest/globals';
import { declareMember, instanceOf, MOST_ENTRIES, sizeFaults, unknownMembers } from './shape.js';

class Item {
  @declareMember({}) name?: string;
}
class Former {
  @declareMember({}) note?: string;
}
class Body extends Former {
  @declareMember({ shape: () => Item, most: 3 }) items?: Item[];
  @declareMember({ shape: () => Item }) item?: Item;
  @declareMember({ most: 2 }) labels?: Record<string, string>;
  @declareMember({}) open?: unknown;
}

describe('members that a body does not have', () => {
  it('are named by JSON pointers, at any depth', () => {
    const body = {
      note: 'n',
      items: [{ name: 'a', x: 1 }, 'text', null, { y: 1 }],
      item: { name: 'b', 'a/b~c': 1 },
      labels: { any: '1' },
      open: { any: 1 },
      hasOwnProperty: 1,
      z: 1,
    };
    expect(unknownMembers(Body, body)).toEqual(['/items/0/x', '/items/3/y', '/item/a~1b~0c', '/hasOwnProperty', '/z']);
    for (const item of [null, 'text', 7]) expect(unknownMembers(Body, { item })).toEqual([]);
  });

  it('are not in the instance that is checked, which has classes wherever a shape is declared', () => {
    const instance = instanceOf(Body, { note: 'n', items: [{ name: 'a', x: 1 }, null, 'text'], item: { name: 'b' }, open: { a: 1 }, z: 1 });
    expect(instance).toBeInstanceOf(Body);
    expect([instance.items![0], instance.item].map((item) => item instanceof Item)).toEqual([true, true]);
    expect({ ...instance }).toEqual({ note: 'n', items: [{ name: 'a' }, null, 'text'], item: { name: 'b' }, open: { a: 1 } });
  });
});

describe('the size of a body', () => {
  const list = (length: number) => new Array<number>(length).fill(0);
  const members = (length: number) => Object.fromEntries(list(length).map((_, n) => [`m${n}`, n]));
  const pointers = (body: unknown) => sizeFaults(Body, body).map(({ pointer }) => pointer);
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

  it('is no matter where it is no object', () => {
    for (const body of [undefined, null, 'text', 7]) expect(sizeFaults(Body, body)).toEqual([]);
  });

  it('is bounded by what a member declares', () => {
    expect(sizeFaults(Body, { items: list(3), labels: members(2) })).toEqual([]);
    const [items, labels] = sizeFaults(Body, { items: list(4), labels: members(3) });
    expect(items).toEqual({ pointer: '/items', detail: expect.stringMatching(/\b4 items.*\b3\b/) });
    expect(labels).toEqual({ pointer: '/labels', detail: expect.stringMatching(/\b3 members.*\b2\b/) });
  });

  it('is bounded where nothing is declared: 64 members of a shape, 5,000 of anything else', () => {
    expect(pointers(members(64))).toEqual([]);
    expect(pointers(members(65))).toEqual(['']);
    expect(pointers({ items: [members(64)] })).toEqual([]);
    expect(pointers({ items: [{}, members(65)] })).toEqual(['/items/1']);
    expect(pointers({ open: list(MOST_ENTRIES) })).toEqual([]);
    expect(pointers({ open: list(MOST_ENTRIES + 1) })).toEqual(['/open']);
    expect(pointers({ open: { 'a/b': members(MOST_ENTRIES + 1) } })).toEqual(['/open/a~1b']);
  });

  it('is 32 levels at the deepest', () => {
    expect(pointers({ open: nested(32) })).toEqual([]);
    expect(pointers({ open: nested(33) })).toEqual([`/open${'/0'.repeat(32)}`]);
  });

  it('is 10,000 values in all', () => {
    const values = (...lengths: readonly number[]) => ({ open: lengths.map(list) });
    // With the member itself and the items of the list that holds the others.
    expect(pointers(values(4_000, 4_000, 1_996))).toEqual([]);
    expect(sizeFaults(Body, values(4_000, 4_000, 1_997))).toEqual([{ pointer: '', detail: expect.stringContaining('10000 values') }]);
  });

  it('is told by ten faults at most', () => {
    const deep = (open: unknown, depth: number): unknown => (depth === 0 ? open : deep([open], depth - 1));
    expect(
      pointers({
        open: deep(
          list(30).map(() => []),
          31,
        ),
      }).length,
    ).toBe(10);
    expect(
      pointers({
        open: deep(
          list(3).map(() => []),
          31,
        ),
        items: list(4),
      }).length,
    ).toBe(4);
  });
});
