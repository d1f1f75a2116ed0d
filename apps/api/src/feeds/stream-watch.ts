import type { EventLog } from '#event-log';
import { followDurably } from '#event-log/follow-durably.js';

/**
 * Tells many feeds of single customers that their stream has grown, with one subscription for all of them. It runs while
 * somebody watches. Feeds read what is new from the log themselves.
 */
export class StreamWatch {
  private readonly watchers = new Map<string, Set<() => void>>();
  private following: AbortController | undefined;

  constructor(
    private readonly log: Pick<EventLog, 'head' | 'subscribe'>,
    private readonly streamPrefix: string,
  ) {}

  /** Nothing that is appended from now on goes unseen: `wake` is called after each append, and at times for nothing, until `leave`. */
  watch(stream: string, wake: () => void): { readonly leave: () => void } {
    const wakes = this.watchers.get(stream) ?? new Set();
    this.watchers.set(stream, wakes.add(wake));
    if (this.following === undefined) {
      this.following = new AbortController();
      void this.follow(this.following.signal);
    }
    return {
      leave: () => {
        wakes.delete(wake);
        if (wakes.size === 0) this.watchers.delete(stream);
        if (this.watchers.size > 0) return;
        this.following?.abort();
        this.following = undefined;
      },
    };
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { log, streamPrefix } = this;
    const wakeAll = () => this.wakeAll();
    await followDurably({
      async *items(after) {
        const from = after ?? (await log.head());
        // Whoever came while the head was asked for looks once more.
        wakeAll();
        yield* log.subscribe({ after: from, streamPrefix, signal });
      },
      take: (item) => {
        if (item.kind !== 'batch') return;
        for (const stream of new Set(item.events.map((event) => event.stream))) for (const wake of this.watchers.get(stream) ?? []) wake();
      },
      // The feeds find the same fault when they read, and end with it.
      failed: wakeAll,
      signal,
    });
  }

  private wakeAll(): void {
    for (const wakes of this.watchers.values()) for (const wake of wakes) wake();
  }
}
