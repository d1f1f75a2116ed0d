import { appended, type BlockList, emptyBlocks } from './block-list.js';

describe('a list in blocks', () => {
  it('holds what was appended in its order, and leaves the list before as it was', () => {
    const lists: BlockList<number>[] = [emptyBlocks];
    for (let n = 0; n < 300; n++) lists.push(appended(lists[n]!, n));
    for (const [length, list] of lists.entries()) expect(list.flat()).toEqual(Array.from({ length }, (_, n) => n));
  });
});
