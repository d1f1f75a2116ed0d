import type { Assignments } from '../card/assignments.js';
import { type Chunks, emptyChunks } from '../persistent/chunks.js';
import { emptyIdMap, type IdMap } from '../persistent/id-map.js';

export interface DeskDocument {
  readonly customerId: string;
  readonly revision: number;
  readonly assignments: Assignments;
  /** Planned contacts and promises, open and closed, by kind and id. */
  readonly items: IdMap<DeskItem>;
  /** Contacts with the customer that took place, as they were learned. */
  readonly contacts: Chunks<DeskContact>;
  /** From here on the record is no customer of its own. */
  readonly merged: { readonly into: string; readonly at: string; readonly event: string } | null;
  readonly erased: { readonly at: string; readonly event: string } | null;
  /** Follows from contacts and assignments. Carried along, so that a contact costs what it adds, and not stored: absent until one is added. */
  readonly [COVERED]?: readonly CoveredMonth[];
}

export const COVERED = Symbol('covered months');

/** A month in which there was a contact with a customer of the curator's portfolio, and the first contact of it. */
export interface CoveredMonth {
  readonly month: string;
  readonly curator: string;
  readonly at: string;
  readonly event: string;
}

export type ItemKind = 'contact' | 'promise';
export type ItemEnd = 'completed' | 'missed' | 'cancelled' | 'kept' | 'broken' | 'erased';

export interface DeskItem {
  readonly kind: ItemKind;
  readonly id: string;
  /** Who was to do it, where that was said. */
  readonly curatorId?: string;
  readonly channel?: string;
  readonly purpose?: string;
  readonly text?: string;
  readonly openedAt: string;
  /** The first appointment and every other that followed it. */
  readonly schedule: readonly { readonly dueAt: string; readonly from: string; readonly event: string }[];
  readonly closed?: { readonly at: string; readonly state: ItemEnd; readonly event: string };
}

export interface DeskContact {
  readonly at: string;
  /** Who had it, where that was said. */
  readonly handledBy?: string;
  /** Of a planned contact that took place: what says who was to have it. */
  readonly planned?: Pick<DeskItem, 'curatorId' | 'openedAt'>;
  /** Of the command, if a curator. */
  readonly actor?: string;
  readonly event: string;
}

export const emptyDesk = (customerId: string): DeskDocument => ({
  customerId,
  revision: -1,
  assignments: [],
  items: emptyIdMap,
  contacts: emptyChunks,
  merged: null,
  erased: null,
});
