import type { DomainEvent, EventLog } from '#event-log';
import type { StreamWatch } from './stream-watch.js';

/** Batches of one stream after a revision, then live, until the signal fires. */
export async function* customerBatches(
  log: Pick<EventLog, 'readStream'>,
  watch: StreamWatch,
  { stream, afterRevision, signal }: { readonly stream: string; readonly afterRevision: number; readonly signal: AbortSignal },
): AsyncGenerator<readonly DomainEvent[]> {
  let grown = true;
  let wake = () => {};
  const { leave } = watch.watch(stream, () => {
    grown = true;
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (let next = afterRevision + 1; !signal.aborted; ) {
      if (!grown) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      grown = false;
      for await (const batch of log.readStream(stream, { from: next })) {
        next = (batch.at(-1)?.revision ?? next - 1) + 1;
        yield batch;
        if (signal.aborted) return;
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    leave();
  }
}
