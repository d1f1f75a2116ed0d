import { type GivenWork, givenTo, inItsLife, namedAt, openedFor } from './curation/given-work.js';
import { type Assignments, curatorAt, evolveAssignments, reliefsIn } from './curation/state.js';
import { type Merge, mergeInForce } from './customer/merges.js';
import type { Acted, Reader, RecordAccess } from './kernel/aggregate.js';
import type { Dated, TypedEvent } from './kernel/event.js';
import { deleteId, emptyIdMap, getId, type IdMap, idEntries, setId } from './kernel/id-map.js';
import { heldIn, inTime, noHistory, type Since } from './kernel/valid-time.js';
import type { RelationshipEvent } from './slices.js';

/** Who may open one customer, as the stream says; plain JSON, so that a document can carry it. */
export interface CustomerAccess {
  /** By valid time. */
  readonly curators: Assignments;
  /** By `kind|id`: planned contacts and promises while they are open, and deals, which may be reopened; to nobody by name too, as they may be given later. */
  readonly items: IdMap<Item>;
  /** By curator: how many of the open items were ever given to the curator. */
  readonly open: IdMap<number>;
  /** In order of time; absent where there are none. */
  readonly merges?: readonly Merge[];
  readonly erased?: true;
}
interface Item {
  readonly given: GivenWork;
  readonly open: boolean;
  /** When it was opened or closed last; absent before it was closed for the first time. */
  readonly turnedAt?: string;
  /** Its end was dated ahead of the recording: it is open until `turnedAt`. */
  readonly ends?: true;
}

export const noAccess: CustomerAccess = { curators: noHistory, items: emptyIdMap, open: emptyIdMap };

/** Folds one event of a customer's stream, in order of revision. Never throws; an event of another type changes nothing. */
export const evolveAccess = (access: CustomerAccess, event: Acted<TypedEvent>): CustomerAccess => {
  const acted = event as Acted<RelationshipEvent>;
  const { type, data, occurredAt } = acted;
  switch (type) {
    case 'customer-registered':
    case 'curator-assigned': {
      const curators = evolveAssignments(access.curators, event);
      return curators === access.curators ? access : { ...access, curators };
    }
    case 'contact-planned':
      return opened(access, `contact|${data.contactId}`, data.curatorId, occurredAt);
    case 'contact-reassigned':
      return reassigned(access, `contact|${data.contactId}`, data.curatorId, occurredAt);
    case 'contact-completed':
    case 'contact-missed':
    case 'contact-cancelled':
      return over(access, `contact|${data.contactId}`, acted);
    case 'promise-made':
      return opened(access, `promise|${data.promiseId}`, data.curatorId, occurredAt);
    case 'promise-reassigned':
      return reassigned(access, `promise|${data.promiseId}`, data.curatorId, occurredAt);
    case 'promise-kept':
    case 'promise-broken':
      return over(access, `promise|${data.promiseId}`, acted);
    case 'deal-opened':
      return opened(access, `deal|${data.dealId}`, data.curatorId, occurredAt);
    case 'deal-reassigned':
      return reassigned(access, `deal|${data.dealId}`, data.curatorId, occurredAt);
    case 'deal-won':
    case 'deal-lost':
      return turned(access, `deal|${data.dealId}`, false, acted);
    case 'deal-reopened':
      return turned(access, `deal|${data.dealId}`, true, acted);
    case 'customer-merged':
      return { ...access, merges: inTime(access.merges ?? [], { at: occurredAt, into: data.into }) };
    case 'customer-unmerged':
      return { ...access, merges: inTime(access.merges ?? [], { at: occurredAt, into: null }) };
    case 'customer-erased':
      return { ...access, items: emptyIdMap, open: emptyIdMap, erased: true };
    default:
      return access;
  }
};

/**
 * A customer the own record; a curator who has the customer or open work with the customer; a supervisor of a team whom its curators may open,
 * and who has no curator; everyone else all.
 */
export const mayOpen = (access: CustomerAccess, reader: Reader, { id, now }: { readonly id: string; readonly now: string }): boolean => {
  if (reader.kind === 'customer') return reader.id === id;
  const curator = curatorAt(access.curators, now);
  if (reader.kind === 'curator') return curator === reader.id || openWorkOf(access, reader.id, now).length > 0;
  const { leads } = reader;
  return leads === undefined || !curator || leads(curator) || helpersOf(access, now).some(leads);
};

/** Open work that a curator was given by name, and that has not passed on to another curator by now. */
export const openWorkOf = (access: CustomerAccess, curatorId: string, now: string): readonly WorkItem[] =>
  workOf(access, curatorId, (item) => (isOpenAt(item, now) ? [now] : []));

/** Named at one of the instants that count of an item, by the first of them. */
const workOf = (access: CustomerAccess, curatorId: string, instantsOf: (item: Item) => readonly string[]): readonly WorkItem[] => {
  if (getId(access.open, curatorId) === undefined) return [];
  const reliefs = reliefsIn(access.curators.flat());
  return idEntries(access.items).flatMap(([key, item]) => {
    const givings = instantsOf(item).map((instant) => namedAt(item.given, reliefs, instant));
    const named = givings.find((giving) => giving?.curatorId === curatorId);
    if (named === undefined) return [];
    const bar = key.indexOf('|');
    return [{ kind: key.slice(0, bar) as WorkItem['kind'], id: key.slice(bar + 1), at: named.at }];
  });
};

/** What is dated ahead, as clocks differ, has not come yet. */
const isOpenAt = ({ given: [opening], open, turnedAt, ends }: Item, now: string): boolean =>
  open && opening.at <= now && (turnedAt === undefined || turnedAt <= now !== (ends ?? false));

export interface WorkItem {
  readonly kind: 'contact' | 'promise' | 'deal';
  readonly id: string;
  /** Since when the curator has it. */
  readonly at: string;
}

/** All that somebody else has to take over before a curator leaves, what was given ahead of now included. */
export interface Responsibility {
  /** Since when the curator is responsible for the customer, or will be; undefined where the curator is not. */
  readonly customerSince: string | undefined;
  readonly work: readonly WorkItem[];
}

export const responsibilityOf = (access: CustomerAccess, curatorId: string, now: string): Responsibility => {
  if (access.erased || mergeInForce(access.merges ?? [])) return { customerSince: undefined, work: [] };
  const instants = withAhead(now, access.curators.flat());
  const instant = instants.find((each) => curatorAt(access.curators, each) === curatorId);
  const held = instant === undefined ? undefined : heldIn(access.curators, instant);
  // As commands are decided, for which it is over, or open, once that is recorded.
  const work = workOf(access, curatorId, ({ given, open, ends }) =>
    open && !ends ? withAhead(inItsLife(given, now), given.slice(1)) : [],
  );
  return { customerSince: held?.since ?? held?.at, work: work.toSorted(byKindAndId) };
};

/** With the instants to come at which something else is recorded to hold: clocks differ. */
const withAhead = (now: string, items: readonly Since[]): readonly string[] => [now, ...items.flatMap(({ at }) => (at > now ? [at] : []))];

const byKindAndId = (one: WorkItem, other: WorkItem): number => (`${one.kind}|${one.id}` < `${other.kind}|${other.id}` ? -1 : 1);

/** Curators who may open the customer because of open work alone. */
export const helpersOf = (access: CustomerAccess, now: string): readonly string[] => {
  if (idEntries(access.open).length === 0) return [];
  const reliefs = reliefsIn(access.curators.flat());
  const named = idEntries(access.items).flatMap(
    ([, item]) => (isOpenAt(item, now) ? namedAt(item.given, reliefs, now)?.curatorId : []) ?? [],
  );
  const curator = curatorAt(access.curators, now);
  return [...new Set(named)].filter((id) => id !== curator).sort();
};

/** Those for whom it depends on the record. */
export const isScoped = ({ kind, leads }: Reader): boolean => kind === 'curator' || kind === 'customer' || leads !== undefined;

export const customerAccess: RecordAccess<CustomerAccess> = { initial: noAccess, evolve: evolveAccess, mayOpen, isScoped };

const opened = (access: CustomerAccess, key: string, curatorId: string | undefined, at: string): CustomerAccess =>
  kept(access, key, { given: openedFor(curatorId, at), open: true });

const reassigned = (access: CustomerAccess, key: string, curatorId: string, at: string): CustomerAccess => {
  const item = getId(access.items, key);
  return item === undefined ? access : kept(access, key, { ...item, given: givenTo(item.given, curatorId, at) });
};

/** It is over for good: kept no longer than the clocks of others demand. */
const over = (access: CustomerAccess, key: string, event: Dated<TypedEvent>): CustomerAccess =>
  isAhead(event) ? turned(access, key, false, event) : kept(access, key, undefined);

/** What was true last decides, whenever it was recorded. */
const turned = (access: CustomerAccess, key: string, open: boolean, event: Dated<TypedEvent>): CustomerAccess => {
  const item = getId(access.items, key);
  const { occurredAt: turnedAt } = event;
  if (item === undefined || turnedAt < (item.turnedAt ?? '')) return access;
  const state = !open && isAhead(event) ? ({ open: true, ends: true } as const) : { open };
  return kept(access, key, { given: item.given, turnedAt, ...state });
};

const isAhead = ({ occurredAt, recordedAt = occurredAt }: Dated<TypedEvent>): boolean => occurredAt > recordedAt;

const kept = (access: CustomerAccess, key: string, item: Item | undefined): CustomerAccess => {
  const before = getId(access.items, key);
  if (before === undefined && item === undefined) return access;
  const without = named(before).reduce((open, id) => counted(open, id, -1), access.open);
  const open = named(item).reduce((open, id) => counted(open, id, 1), without);
  return { ...access, items: item ? setId(access.items, key, item) : deleteId(access.items, key), open };
};

const named = (item: Item | undefined): readonly string[] =>
  item?.open ? [...new Set(item.given.flatMap(({ curatorId }) => curatorId ?? []))] : [];

const counted = (open: IdMap<number>, curatorId: string, more: number): IdMap<number> => {
  const count = (getId(open, curatorId) ?? 0) + more;
  return count > 0 ? setId(open, curatorId, count) : deleteId(open, curatorId);
};
