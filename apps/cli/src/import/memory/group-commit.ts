/**
 * Entries that are made durable together, in the order in which they were added: whoever adds one is answered when the append that holds it
 * is done. An append begins when it is asked for, or when it would be full; one is under way at a time. After a failure nothing more is
 * appended.
 */
export interface GroupCommit<Entry> {
  /** @param keys by which `pending` finds it */
  add(entry: Entry, keys: readonly string[]): Promise<void>;
  /** Resolves when all that was added under any of the keys is durable; undefined where it is already. */
  pending(keys: readonly string[]): Promise<void> | undefined;
  /** Appends what waits, after what is under way. A failure rejects the promise of whoever added it. */
  flush(): void;
}

interface Group<Entry> {
  readonly entries: Entry[];
  readonly keys: Set<string>;
  readonly durable: PromiseWithResolvers<void>;
}

export function createGroupCommit<Entry>(most: number, append: (entries: readonly Entry[]) => Promise<void>): GroupCommit<Entry> {
  /** In their order; the last one gathers. */
  const groups = [emptyGroup<Entry>()];
  let last: Promise<void> = Promise.resolve();
  const gathering = () => groups.at(-1)!;

  function flush(): void {
    const { entries, durable } = gathering();
    if (entries.length === 0) return;
    groups.push(emptyGroup());
    last = last.then(() => append(entries));
    last.then(() => {
      groups.shift();
      durable.resolve();
    }, durable.reject);
  }

  return {
    flush,
    add(entry, keys) {
      const group = gathering();
      group.entries.push(entry);
      for (const key of keys) group.keys.add(key);
      if (group.entries.length >= most) flush();
      return group.durable.promise;
    },
    pending(keys) {
      for (let at = groups.length - 1; at >= 0; at--) {
        const { keys: known, durable } = groups[at]!;
        if (known.size > 0 && keys.some((key) => known.has(key))) return durable.promise;
      }
      return undefined;
    },
  };
}

function emptyGroup<Entry>(): Group<Entry> {
  const durable = Promise.withResolvers<void>();
  // Nobody may be waiting for it.
  durable.promise.catch(() => {});
  return { entries: [], keys: new Set(), durable };
}
