interface Waiting {
  readonly beyond: number;
  readonly resolve: () => void;
}

export interface AppendNotifier {
  /** The log ends at `head` now. */
  appended(head: number): void;
  beyond(count: number, signal: AbortSignal | undefined): Promise<void>;
  /** Wakes everyone for good. */
  end(): void;
}

/** Notifies those who wait for appends. `watch` is called with true when the first comes and with false when the last has gone. */
export function createAppendNotifier(watch: (wanted: boolean) => void = () => {}): AppendNotifier {
  const waiting = new Set<Waiting>();
  let ended = false;

  const leave = (one: Waiting) => {
    if (waiting.delete(one) && waiting.size === 0) watch(false);
    one.resolve();
  };

  return {
    appended(head) {
      for (const one of waiting) if (head > one.beyond) leave(one);
    },
    beyond(count, signal) {
      if (ended || signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const onAbort = () => leave(one);
        const one: Waiting = {
          beyond: count,
          resolve: () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.add(one);
        if (waiting.size === 1) watch(true);
      });
    },
    end() {
      ended = true;
      for (const one of waiting) leave(one);
    },
  };
}
