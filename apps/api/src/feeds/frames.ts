/** Server-sent events (HTML Living Standard, 9.2). */
export interface Frame {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

const render = ({ id, event, data }: Frame): string => `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

export interface FeedOptions {
  readonly signal: AbortSignal;
  /** Asked every second: a key may be revoked, a customer may go to another curator, while a feed is open. */
  readonly allowed: () => Promise<boolean>;
}

const TICK_MS = 1_000;
const TICKS_A_PING = 15;

/**
 * The text of a feed. The next batch is asked for when the last one has been taken, so a slow reader slows nobody but itself.
 * Ends when the signal fires or the permission goes.
 */
export async function* feedText(batches: AsyncIterable<readonly Frame[]>, { signal, allowed }: FeedOptions): AsyncGenerator<string> {
  // No empty line after it nor after a comment: some clients take a block without data for an event.
  yield 'retry: 1000\n';
  const iterator = batches[Symbol.asyncIterator]();
  let wake = () => {};
  // One reaction to each `next`, however long it takes: one more every second would pile up on an idle feed. It also hears a failure
  // that comes while the permission is asked for, or after the feed has ended, when nobody else does.
  const ask = () => {
    const asked = { next: iterator.next(), settled: false };
    const settle = () => {
      asked.settled = true;
      wake();
    };
    asked.next.then(settle, settle);
    return asked;
  };
  const tick = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TICK_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  try {
    let asked = ask();
    for (let ticks = 1; !signal.aborted && (await allowed()); ) {
      if (!asked.settled) await tick();
      if (!asked.settled) {
        if (ticks++ % TICKS_A_PING === 0) yield ': still here\n';
        continue;
      }
      const result = await asked.next;
      if (result.done) return;
      if (!(await allowed())) return;
      if (result.value.length > 0) yield result.value.map(render).join('');
      asked = ask();
    }
  } finally {
    // Not awaited: a subscription that waits for the next event ends by its signal, not by this.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
