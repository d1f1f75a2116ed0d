import { emptyIdMap, type IdMap } from '#relationship/kernel/id-map.js';
import { type History, noHistory, type Since } from '#relationship/read-side.js';
import type { Reflected } from '../event-handlers.js';
import type { Assignments } from '../shared/assignments.js';
import { type Departing, stillHere } from '../shared/departure.js';
import type { Numbering, Ordinal } from '../shared/ordinals.js';

export interface DeskDocument extends Reflected, Departing, Numbering {
  readonly customerId: string;
  readonly assignments: Assignments;
  /** Planned contacts, promises and complaints, open and closed, by kind and id. */
  readonly items: IdMap<DeskItem>;
  /** Contacts with the customer that took place. */
  readonly contacts: History<DeskContact>;
  /** Requests of the customer's erasure and their rejections, in order of time. */
  readonly erasures: readonly ErasureChange[];
  /** Subscribers that did not confirm the erasure in time. */
  readonly overdueReceipts: readonly OverdueReceipt[];
}

export interface OverdueReceipt {
  readonly subscriberId: string;
  readonly at: string;
  readonly event: string;
  readonly given?: { readonly at: string; readonly event: string };
}

export interface ErasureChange extends Since {
  /** Of a request. */
  readonly dueAt?: string;
  readonly event: string;
}

/** A complaint is due when it is raised. */
export type ItemKind = 'contact' | 'promise' | 'complaint';
export type ItemEnd = 'completed' | 'missed' | 'cancelled' | 'kept' | 'broken' | 'resolved' | 'erased';

export interface DeskItem extends Ordinal {
  readonly kind: ItemKind;
  readonly id: string;
  /** Who was to do it, where that was said when it was opened. */
  readonly curatorId?: string;
  /** To whom it was given since, in order of time. */
  readonly reassigned?: readonly Reassignment[];
  readonly channel?: string;
  readonly purpose?: string;
  readonly text?: string;
  /** Of a complaint. */
  readonly severity?: string;
  readonly openedAt: string;
  /** What it was opened with, before all else, then every other appointment in order of time. */
  readonly schedule: readonly Appointment[];
  readonly closed?: { readonly at: string; readonly state: ItemEnd; readonly event: string };
}

export interface Appointment extends Since {
  readonly dueAt: string;
  readonly event: string;
}

export interface Reassignment extends Since {
  readonly curatorId: string;
  readonly event: string;
}

/** From when on each appointment was valid. Clocks differ: what is dated before an item was opened happened to it then. */
export const scheduleOf = ({ schedule, openedAt }: DeskItem): readonly (Appointment & { readonly from: string })[] =>
  schedule.map((each) => ({ ...each, from: inItsLife({ openedAt }, each.at) }));

export const inItsLife = ({ openedAt }: Pick<DeskItem, 'openedAt'>, instant: string): string => (instant < openedAt ? openedAt : instant);

export interface DeskContact {
  readonly at: string;
  /** Who had it, where that was said. */
  readonly handledBy?: string;
  /** Of a planned contact that took place: what says who was to have it. */
  readonly planned?: Held;
  /** Of the command, if a curator. */
  readonly actor?: string;
  readonly event: string;
}

/** What says who had an item. */
export type Held = Pick<DeskItem, 'curatorId' | 'reassigned' | 'openedAt'>;

export const emptyDesk = (customerId: string): DeskDocument => ({
  customerId,
  revision: -1,
  assignments: [],
  nextOrdinal: 0,
  items: emptyIdMap,
  contacts: noHistory,
  erasures: [],
  overdueReceipts: [],
  ...stillHere,
});
