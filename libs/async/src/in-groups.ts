interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What is asked for in one turn of the event loop, or while a group is under way, becomes one group: whoever asks is answered when the
 * group that holds it is done. The items of a group are in the order of asking.
 */
export function inGroups<Item>(work: (items: readonly Item[]) => Promise<void>): (item: Item) => Promise<void> {
  let waiting: Waiting<Item>[] = [];
  let working = false;

  async function workAll(): Promise<void> {
    working = true;
    while (waiting.length > 0) {
      await new Promise(setImmediate);
      const group = waiting;
      waiting = [];
      try {
        await work(group.map(({ item }) => item));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    working = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!working) void workAll();
    });
}
