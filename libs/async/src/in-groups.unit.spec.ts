import { setTimeout as sleep } from 'node:timers/promises';
import { inGroups } from './in-groups.js';

describe('inGroups', () => {
  it('makes one group of what is asked for in one turn, and another of what comes while it is under way', async () => {
    const groups: number[][] = [];
    const add = inGroups<number>(async (items) => {
      groups.push([...items]);
      await sleep(20);
    });
    const first = [add(1), add(2)];
    await sleep(5);
    await Promise.all([...first, add(3), add(4)]);
    await add(5);
    expect(groups).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('answers everyone of a group that fails with its error, and goes on', async () => {
    let failing = true;
    const add = inGroups<number>(async () => {
      if (failing) throw new Error('full');
    });
    const outcomes = await Promise.allSettled([add(1), add(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    failing = false;
    await expect(add(3)).resolves.toBeUndefined();
  });
});
