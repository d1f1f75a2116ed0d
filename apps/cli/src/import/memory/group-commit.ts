/**
 * Entries that are made durable together: whoever adds one is answered when the append that holds it is done. An append begins when it is
 * asked for, or when it would be full; one is under way at a time. After a failure nothing more is appended.
 */
export interface GroupCommit<Entry> {
  add(entry: Entry): Promise<void>;
  /** Appends what waits, after what is under way. Whoever added it is told of a failure. */
  flush(): void;
}

interface Group<Entry> {
  readonly entries: Entry[];
  readonly durable: PromiseWithResolvers<void>;
}

export function createGroupCommit<Entry>(most: number, append: (entries: readonly Entry[]) => Promise<void>): GroupCommit<Entry> {
  let gathering = emptyGroup<Entry>();
  let last: Promise<void> = Promise.resolve();

  function flush(): void {
    if (gathering.entries.length === 0) return;
    const { entries, durable } = gathering;
    gathering = emptyGroup();
    last = last.then(() => append(entries));
    last.then(durable.resolve, durable.reject);
  }

  return {
    flush,
    add(entry) {
      const { entries, durable } = gathering;
      entries.push(entry);
      if (entries.length >= most) flush();
      return durable.promise;
    },
  };
}

function emptyGroup<Entry>(): Group<Entry> {
  const durable = Promise.withResolvers<void>();
  // Nobody may be waiting for it.
  durable.promise.catch(() => {});
  return { entries: [], durable };
}
