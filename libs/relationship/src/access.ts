import { type Assignments, curatorAt, evolveAssignments, reliefsOf } from './curation/state.js';
import type { Acted, Actor, RecordAccess } from './kernel/aggregate.js';
import type { Fact } from './kernel/event.js';
import { deleteId, emptyIdMap, getId, type IdMap, idValues, setId } from './kernel/id-map.js';
import { noHistory } from './kernel/valid-time.js';
import type { RelationshipFact } from './slices.js';

/** Who may open one customer, as the stream says; plain JSON, so that a document can carry it. */
export interface CustomerAccess {
  /** By valid time. */
  readonly curators: Assignments;
  /** By `kind|id`: planned contacts and promises while they are open, and deals, which may be reopened, that were given to a curator by name. */
  readonly items: IdMap<GivenWork>;
  /** By curator: how many of the items are open. */
  readonly open: IdMap<number>;
}
interface GivenWork {
  readonly curatorId: string;
  /** When it was given. */
  readonly at: string;
  readonly open: boolean;
  /** When it was opened or closed last; absent before it was closed for the first time. */
  readonly turnedAt?: string;
}

export const noAccess: CustomerAccess = { curators: noHistory, items: emptyIdMap, open: emptyIdMap };

/** Folds one event of a customer's stream, in order of revision. Never throws; an event of another type changes nothing. */
export const evolveAccess = (access: CustomerAccess, event: Acted<Fact>): CustomerAccess => {
  const { type, data, occurredAt } = event as Acted<RelationshipFact>;
  switch (type) {
    case 'customer-registered':
    case 'curator-assigned': {
      const curators = evolveAssignments(access.curators, event);
      return curators === access.curators ? access : { ...access, curators };
    }
    case 'contact-planned':
      return given(access, `contact|${data.contactId}`, data.curatorId, occurredAt);
    case 'contact-completed':
    case 'contact-missed':
    case 'contact-cancelled':
      return over(access, `contact|${data.contactId}`);
    case 'promise-made':
      return given(access, `promise|${data.promiseId}`, data.curatorId, occurredAt);
    case 'promise-kept':
    case 'promise-broken':
      return over(access, `promise|${data.promiseId}`);
    case 'deal-opened':
      return given(access, `deal|${data.dealId}`, data.curatorId, occurredAt);
    case 'deal-won':
    case 'deal-lost':
      return turned(access, `deal|${data.dealId}`, false, occurredAt);
    case 'deal-reopened':
      return turned(access, `deal|${data.dealId}`, true, occurredAt);
    case 'customer-erased':
      return { ...access, items: emptyIdMap, open: emptyIdMap };
    default:
      return access;
  }
};

/** A customer the own record; a curator who has the customer or open work with the customer; everyone else all. */
export const mayOpen = (access: CustomerAccess, actor: Actor, { id, now }: { readonly id: string; readonly now: string }): boolean => {
  if (actor.kind === 'customer') return actor.id === id;
  if (actor.kind !== 'curator') return true;
  return curatorAt(access.curators, now) === actor.id || hasOpenWork(access, actor.id, now);
};

/** That has not passed on to another curator by now. */
const hasOpenWork = ({ curators, items, open }: CustomerAccess, curatorId: string, now: string): boolean => {
  if (getId(open, curatorId) === undefined) return false;
  const relieved = reliefsOf(curators.flat(), curatorId).findLast((at) => at <= now);
  return relieved === undefined || idValues(items).some((item) => item.open && item.curatorId === curatorId && item.at >= relieved);
};

/** Those for whom it depends on the record. */
export const isScoped = ({ kind }: Actor): boolean => kind === 'curator' || kind === 'customer';

export const customerAccess: RecordAccess<CustomerAccess> = { initial: noAccess, evolve: evolveAccess, mayOpen, isScoped };

const given = (access: CustomerAccess, key: string, curatorId: string | undefined, at: string): CustomerAccess =>
  curatorId === undefined
    ? over(access, key)
    : counted({ ...over(access, key), items: setId(access.items, key, { curatorId, at, open: true }) }, curatorId, 1);

/** What was true last decides, whenever it was recorded. */
const turned = (access: CustomerAccess, key: string, open: boolean, turnedAt: string): CustomerAccess => {
  const item = getId(access.items, key);
  if (item === undefined || turnedAt < (item.turnedAt ?? '')) return access;
  const next = { ...access, items: setId(access.items, key, { ...item, open, turnedAt }) };
  return item.open === open ? next : counted(next, item.curatorId, open ? 1 : -1);
};

const over = (access: CustomerAccess, key: string): CustomerAccess => {
  const item = getId(access.items, key);
  if (item === undefined) return access;
  const left = { ...access, items: deleteId(access.items, key) };
  return item.open ? counted(left, item.curatorId, -1) : left;
};

const counted = (access: CustomerAccess, curatorId: string, more: number): CustomerAccess => {
  const count = (getId(access.open, curatorId) ?? 0) + more;
  return { ...access, open: count > 0 ? setId(access.open, curatorId, count) : deleteId(access.open, curatorId) };
};
