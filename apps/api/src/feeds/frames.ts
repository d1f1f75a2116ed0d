import { setTimeout as sleep } from 'node:timers/promises';

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
  yield 'retry: 1000\n\n';
  const iterator = batches[Symbol.asyncIterator]();
  const ask = () => {
    const next = iterator.next();
    // It may fail while the permission is asked for, or after the feed has ended, when nobody listens: no reason for the process to end.
    next.catch(() => undefined);
    return next;
  };
  try {
    let next = ask();
    for (let ticks = 1; !signal.aborted && (await allowed()); ) {
      const waiting = new AbortController();
      const result = await Promise.race([next, tick(waiting.signal)]);
      waiting.abort();
      if (result === undefined) {
        if (ticks++ % TICKS_A_PING === 0) yield ': still here\n\n';
        continue;
      }
      if (result.done) return;
      if (!(await allowed())) return;
      if (result.value.length > 0) yield result.value.map(render).join('');
      next = ask();
    }
  } finally {
    // Not awaited: a subscription that waits for the next event ends by its signal, not by this.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

const tick = (signal: AbortSignal): Promise<undefined> => sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
