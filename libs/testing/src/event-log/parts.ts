import type { DomainEvent, EventLog, LogGuarantees, SubscriptionItem } from '#event-log';

export interface EventLogUnderTest {
  readonly log: EventLog;
  /** Closes the log and opens it again; left out by engines that forget. */
  reopen?(): Promise<EventLog>;
  dispose(): Promise<void>;
}

/** What an adapter may lack; its tests are skipped by name then. */
export type EventLogCapability = 'readByStream' | 'count' | keyof LogGuarantees | 'reopen';

/** What the parts of the contract work with: an empty log for each test. */
export interface LogParts {
  /** The log of this test. */
  current(): EventLog;
  /** Another empty one. */
  open(): Promise<EventLogUnderTest>;
  /** The log of this test, closed and opened again; `current` is that one from now on. */
  reopen(): Promise<EventLog>;
  readStream(stream: string, options?: Parameters<EventLog['readStream']>[1]): Promise<DomainEvent[]>;
  readAll(options?: Parameters<EventLog['readAll']>[0]): Promise<DomainEvent[]>;
  itWith(capability: EventLogCapability, title: string, test: () => Promise<void>): void;
}

export const ids = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id);
export const revisions = (events: readonly DomainEvent[]) => events.map(({ revision }) => revision);

/** Takes items until `enough`, then ends the subscription. */
export async function take(
  log: EventLog,
  options: Parameters<EventLog['subscribe']>[0],
  enough: (items: readonly SubscriptionItem[]) => boolean,
): Promise<SubscriptionItem[]> {
  const items: SubscriptionItem[] = [];
  for await (const item of log.subscribe(options)) {
    items.push(item);
    if (enough(items)) break;
  }
  return items;
}

export const eventsOf = (items: readonly SubscriptionItem[]) => items.flatMap((item) => (item.kind === 'batch' ? item.events : []));
export const isCaughtUp = (items: readonly SubscriptionItem[]) => items.some(({ kind }) => kind === 'caughtUp');
export const atLeast = (count: number) => (items: readonly SubscriptionItem[]) => eventsOf(items).length >= count;
