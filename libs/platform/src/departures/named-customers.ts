import { type DomainEvent, type EventLog, ORIGIN, type Position } from '#event-log';
import { customerIdOf, type RelationshipEvent } from '#relationship';

type SearchedLog = Pick<EventLog, 'readAll' | 'head'>;

/** What makes a curator responsible for a customer or for work, or may do so again without naming the curator. */
const givingTypes = [
  'customer-registered',
  'curator-assigned',
  'contact-planned',
  'contact-reassigned',
  'promise-made',
  'promise-reassigned',
  'deal-opened',
  'deal-reassigned',
] as const satisfies readonly RelationshipEvent['type'][];
const returningTypes = [
  'curator-assigned',
  'deal-reopened',
  'customer-unmerged',
  'event-retracted',
] as const satisfies readonly RelationshipEvent['type'][];

const namedIn = ({ type, actor, data, notUnderstood }: DomainEvent): string | undefined => {
  if (notUnderstood !== undefined) return undefined;
  if (type === 'customer-registered') return actor.kind === 'curator' ? actor.id : undefined;
  return (data as { readonly curatorId?: string }).curatorId;
};

/** By curator: the customers who were ever the curator's, or with whom the curator was ever given work. Each search goes on where the last one ended. */
export const createNamedCustomers = (log: SearchedLog): ((curatorId: string) => Promise<ReadonlySet<string>>) => {
  const byCurator = new Map<string, Set<string>>();
  /** With an event that is not understood: whom it names is not known. */
  const ofAnybody = new Set<string>();
  let searchedTo: Position = ORIGIN;
  let searching: Promise<void> = Promise.resolve();

  const search = async () => {
    const head = await log.head();
    if (head === searchedTo) return;
    for await (const batch of log.readAll({ types: givingTypes, after: searchedTo, upTo: head })) {
      for (const event of batch) {
        const customerId = customerIdOf(event.stream);
        if (customerId !== undefined && event.notUnderstood !== undefined) ofAnybody.add(customerId);
        const curatorId = namedIn(event);
        if (curatorId === undefined || customerId === undefined) continue;
        const customers = byCurator.get(curatorId) ?? new Set();
        byCurator.set(curatorId, customers.add(customerId));
      }
    }
    searchedTo = head;
  };

  return async (curatorId) => {
    searching = searching.catch(() => undefined).then(search);
    await searching;
    return new Set([...(byCurator.get(curatorId) ?? []), ...ofAnybody]);
  };
};

/** Customers for whom, or for whose work, the curator may have become responsible since. */
export const namedSince = async (log: SearchedLog, curatorId: string, after: Position): Promise<ReadonlySet<string>> => {
  const found = new Set<string>();
  const types = [...new Set([...givingTypes, ...returningTypes])];
  for await (const batch of log.readAll({ types, after })) {
    for (const event of batch) {
      const customerId = customerIdOf(event.stream);
      const concerns =
        event.notUnderstood !== undefined || namedIn(event) === curatorId || returningTypes.some((type) => type === event.type);
      if (customerId !== undefined && concerns) found.add(customerId);
    }
  }
  return found;
};
