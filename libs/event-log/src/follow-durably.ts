import { type NextTry, type Pauses, persistently } from '#async';
import { EventLogDenied, EventLogUnavailable, type Position, PositionUnknown } from './event-log.js';

/** Something of the log, and up to where it reaches. */
interface Reaching {
  readonly head: Position;
}

export interface DurableSubscription<Item extends Reaching> {
  /** Exclusive; from the beginning when absent. */
  readonly after?: Position | undefined;
  /** What follows a position, for ever: usually `log.subscribe`. */
  items(after: Position | undefined): AsyncIterable<Item>;
  /** Where it throws, the same comes again after a pause. */
  take(item: Item): Promise<void> | void;
  /** What hinders, before each pause. Throws where trying again would not help; what the log denies and a position that it does not know never get here. */
  failed(error: unknown, next: NextTry): void;
  readonly pauses?: Pauses;
  readonly signal: AbortSignal;
}

/**
 * The one way to follow a log: whatever breaks, it continues behind the last item that was taken. Resolves after the signal.
 * @throws what `failed` throws; EventLogDenied, PositionUnknown
 */
export const followDurably = async <Item extends Reaching>(subscription: DurableSubscription<Item>): Promise<void> => {
  const { items, take, failed, signal, pauses } = subscription;
  let { after } = subscription;
  const follow = async (gettingOn: () => void) => {
    for await (const item of items(after)) {
      if (signal.aborted) return;
      await take(item);
      after = item.head;
      gettingOn();
    }
    if (!signal.aborted) throw new SubscriptionEnded();
  };
  const unlessForGood = (error: unknown, next: NextTry) => {
    if (error instanceof EventLogDenied || error instanceof PositionUnknown) throw error;
    failed(error, next);
  };
  await persistently(follow, signal, unlessForGood, pauses).catch((error) => {
    if (!signal.aborted) throw error;
  });
};

/** No log ends one by itself; a server that goes away may. */
class SubscriptionEnded extends EventLogUnavailable {
  constructor() {
    super('the event log ended a subscription');
  }
}
