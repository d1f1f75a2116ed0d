import { Problem } from '../problems/problem.js';
import type { Access, BatchHead } from './access-log-store.js';
import type { UnstoredBatch } from './append-accesses.js';
import { textOfAccesses } from './batches.js';

/** How long what is recorded waits for more, so that one commit stores many. */
export const FLUSH_EVERY_MS = 250;
/** Entries of one batch, unless one access alone has more. */
const MOST_IN_BATCH = 5_000;
/** Entries that wait in memory, at about 100 bytes each. */
const MOST_WAITING = 200_000;
/** How long an answer waits for its entries to be stored. */
const PATIENCE_MS = 2_000;
const PAUSES = { firstMs: 100, longestMs: 5_000 };
const RETRY_AFTER_SECONDS = 2;

export interface AccessRecorderOptions {
  /** Stores a batch. */
  readonly send: (batch: UnstoredBatch) => Promise<BatchHead>;
  /** Called once for each outage. */
  readonly onFailure?: (error: unknown) => void;
  /** Entries that are not recorded, as memory is full. */
  readonly onLost?: (entries: number) => void;
  readonly mostWaiting?: number;
  readonly patienceMs?: number;
}

export interface AccessRecorder {
  /**
   * Records an access, in a moment. `durable`: resolves when it is stored.
   * @throws Problem `access-log-away` where it has to be durable and is not within 2 s
   */
  record(access: Access, durable: boolean): Promise<void> | undefined;
  /** `behind`: the last batch could not be stored, and it is tried again. */
  state(): 'up' | 'behind';
  /** The last batch that this process has stored. */
  head(): BatchHead | undefined;
  /** Stores what waits, unless the store is out of reach. */
  close(): Promise<void>;
}

interface Waiting {
  readonly access: Access;
  readonly stored?: PromiseWithResolvers<void>;
}

export const createAccessRecorder = ({
  send,
  onFailure,
  onLost,
  mostWaiting = MOST_WAITING,
  patienceMs = PATIENCE_MS,
}: AccessRecorderOptions): AccessRecorder => {
  const waiting: Waiting[] = [];
  let entries = 0;
  let lost = 0;
  let head: BatchHead | undefined;
  let failures = 0;
  let sending: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /** Sent again as it is until it is stored, since nobody knows of a failed attempt whether it was. */
  let batch: { readonly unstored: UnstoredBatch; readonly of: readonly Waiting[]; readonly entries: number } | undefined;

  const takeBatch = () => {
    let [count, taken] = [0, 0];
    while (count < waiting.length && (count === 0 || taken + sizeOf(waiting[count]!) <= MOST_IN_BATCH)) taken += sizeOf(waiting[count++]!);
    const of = waiting.splice(0, count);
    const unstored = { text: textOfAccesses(of.map(({ access }) => access)), lost };
    lost = 0;
    return { unstored, of, entries: taken };
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    while (batch !== undefined || waiting.length > 0) {
      batch ??= takeBatch();
      try {
        head = await send(batch.unstored);
      } catch (error) {
        if (failures++ === 0) onFailure?.(error);
        if (!closed) later(Math.min(PAUSES.longestMs, PAUSES.firstMs * 2 ** (failures - 1)));
        return;
      }
      failures = 0;
      entries -= batch.entries;
      for (const { stored } of batch.of) stored?.resolve();
      batch = undefined;
    }
  };
  const begin = (): Promise<void> => {
    sending ??= flush().finally(() => {
      sending = undefined;
      // What came after the loop had looked for more.
      if (waiting.length > 0 && timer === undefined && !closed) later(FLUSH_EVERY_MS);
    });
    return sending;
  };
  const later = (milliseconds: number): void => {
    timer ??= setTimeout(begin, milliseconds).unref();
  };

  const away = (): Problem => new Problem('access-log-away', undefined, {}, RETRY_AFTER_SECONDS);

  /** One commit stores what many wait for: those who come while it runs are in the next one. */
  const untilStored = async (stored: Promise<void>): Promise<void> => {
    if (failures === 0) void begin();
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(away()), patienceMs);
    });
    await Promise.race([stored, tooLate]).finally(() => clearTimeout(late));
  };

  return {
    record(access, durable) {
      const size = access.customerIds.length;
      if (size === 0) return undefined;
      if (closed || entries + size > mostWaiting) {
        if (durable) throw away();
        lost += size;
        onLost?.(size);
        return undefined;
      }
      entries += size;
      if (durable) {
        const stored = Promise.withResolvers<void>();
        waiting.push({ access, stored });
        return untilStored(stored.promise);
      }
      waiting.push({ access });
      if (failures === 0 && sending === undefined) later(FLUSH_EVERY_MS);
      return undefined;
    },
    state: () => (failures === 0 && lost === 0 ? 'up' : 'behind'),
    head: () => head,
    async close() {
      closed = true;
      clearTimeout(timer);
      await sending;
      await begin();
      clearTimeout(timer);
    },
  };
};

const sizeOf = ({ access }: Waiting): number => access.customerIds.length;
