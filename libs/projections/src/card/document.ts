import { type CustomerAccess, noAccess } from '#relationship/access.js';
import { emptyIdMap, type IdMap } from '#relationship/kernel/id-map.js';
import type { Since } from '#relationship/read-side.js';
import type { Reflected } from '../event-handlers.js';
import type { AcquisitionMethod } from '../money.js';
import type { Assignments } from '../shared/assignments.js';
import type { DealEvent } from '../shared/deal-events.js';
import { type Mergeable, neverMerged } from '../shared/departure.js';
import type { Numbering, Ordinal } from '../shared/ordinals.js';

export interface CardDocument extends Reflected, Mergeable, Numbering {
  readonly customerId: string;
  /** `unknown` until the registration. */
  readonly status: 'unknown' | 'active' | 'erased';
  readonly registration: { readonly kind: string; readonly role: string; readonly at: string; readonly event: string } | null;
  readonly details: Details;
  readonly identifiers: readonly KnownIdentifier[];
  readonly profile: Readonly<Partial<Record<keyof Profile, Readonly<Record<string, Member>>>>>;
  readonly consents: readonly ChannelConsents[];
  /** In order of time. */
  readonly acquisition: readonly Acquisition[];
  readonly assignments: Assignments;
  /** Of the event of this revision: it distinguishes the document from one of another log. */
  readonly hash: string;
  /** Who may open the customer, by the events of the stream until here. */
  readonly access: CustomerAccess;
  readonly channels: Readonly<Record<string, ChannelCounts>>;
  readonly lastContact: { readonly at: string; readonly channel: string; readonly direction: string; readonly event: string } | null;
  /** By currency. */
  readonly value: Readonly<Record<string, Value>>;
  readonly deals: IdMap<CardDeal & Ordinal>;
  /** Open ones only, as `complaints` and `planned`. */
  readonly promises: IdMap<PromiseDocument & Ordinal>;
  readonly complaints: IdMap<OpenComplaint & Ordinal>;
  readonly planned: IdMap<PlannedDocument & Ordinal>;
}

export type Detail = 'displayName' | 'segment' | 'language' | 'role';
/** What was said of a detail, when it was true and when it was learned. */
export interface SaidOfDetail extends Since {
  readonly value: string;
  readonly recordedAt: string;
  readonly event: string;
}
export type Details = Readonly<Partial<Record<Detail, readonly SaidOfDetail[]>>>;
/** All that was ever said of one identifier, in order of time. */
export interface KnownIdentifier {
  readonly kind: string;
  readonly value: string;
  readonly said: readonly SaidOfIdentifier[];
}
export interface SaidOfIdentifier extends Since {
  /** Whether it is the customer's from here on. */
  readonly has: boolean;
  readonly label?: string;
  readonly event: string;
}
export interface Identifier {
  readonly kind: string;
  readonly value: string;
  readonly label?: string;
  readonly since: string;
  readonly event: string;
}
export interface Profile {
  readonly person?: Readonly<Record<string, unknown>>;
  readonly organisation?: Readonly<Record<string, unknown>>;
  readonly attributes?: Readonly<Record<string, string>>;
}
/** Of a profile, with when it was true. */
export interface Member {
  readonly value: unknown;
  readonly at: string;
}
/** All that was ever said of one channel, in order of time. */
export interface ChannelConsents {
  readonly channel: string;
  readonly said: readonly SaidOfChannel[];
}
export interface SaidOfChannel extends Since {
  /** Null: for all purposes. */
  readonly purpose: string | null;
  readonly granted: boolean;
  readonly via?: string;
  readonly event: string;
}
export interface Acquisition extends AcquisitionMethod {
  readonly at: string;
  readonly event: string;
}
/** Contacts that took place, by direction, and planned ones that did not. */
export interface ChannelCounts {
  readonly inbound: number;
  readonly outbound: number;
  readonly internal: number;
  readonly missed: number;
}
/** Minor units. */
export interface Value {
  readonly purchased: number;
  readonly returned: number;
  readonly purchases: number;
  readonly returns: number;
}
export interface CardDeal {
  readonly dealId: string;
  readonly title?: string;
  /** In order of time. */
  readonly dealEvents: readonly DealEvent[];
}
export interface OpenPromise {
  readonly promiseId: string;
  readonly text?: string;
  readonly dueAt: string;
  readonly madeAt: string;
  /** To whom it was given by name. */
  readonly curatorId?: string;
  readonly event: string;
}
export interface OpenComplaint {
  readonly complaintId: string;
  readonly summary?: string;
  readonly severity?: string;
  readonly raisedAt: string;
  readonly event: string;
}
export interface PlannedContact {
  readonly contactId: string;
  readonly channel: string;
  readonly purpose: string;
  readonly plannedFor: string;
  readonly summary?: string;
  readonly curatorId?: string;
  readonly event: string;
}
export interface PromiseDocument extends OpenPromise, Reassignable {}
interface Reassignable {
  /** The last by when it was given, where that was after it was opened. */
  readonly reassigned?: Since & { readonly curatorId: string };
}
export interface PlannedDocument extends Omit<PlannedContact, 'plannedFor' | 'event'>, Reassignable {
  /** The last by when it was made. */
  readonly appointment: Since & Pick<PlannedContact, 'plannedFor' | 'event'>;
}

export const emptyCard = (customerId: string): CardDocument => ({
  customerId,
  revision: -1,
  hash: '',
  status: 'unknown',
  ...neverMerged,
  registration: null,
  details: {},
  identifiers: [],
  profile: {},
  consents: [],
  acquisition: [],
  assignments: [],
  access: noAccess,
  channels: {},
  lastContact: null,
  value: {},
  nextOrdinal: 0,
  deals: emptyIdMap,
  promises: emptyIdMap,
  complaints: emptyIdMap,
  planned: emptyIdMap,
});
