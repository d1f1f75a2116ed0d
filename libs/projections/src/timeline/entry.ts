import type { Actor, DomainEvent } from '#event-log';
import {
  attitudeEvents,
  contactEvents,
  curationEvents,
  customerEvents,
  dealEvents,
  eventRetracted,
  partnershipEvents,
  purchaseEvents,
} from '#relationship/read-side.js';
import { customerOf } from '../event-handlers.js';
import type { Entry } from '../projection.js';

export type EntryKind = 'contact' | 'promise' | 'deal' | 'purchase' | 'attitude' | 'care' | 'identity' | 'partnership' | 'correction';

const families: readonly (readonly [EntryKind, readonly { readonly type: string }[]])[] = [
  ['identity', customerEvents],
  ['contact', contactEvents],
  ['deal', dealEvents],
  ['purchase', purchaseEvents],
  ['attitude', attitudeEvents],
  ['care', curationEvents],
  ['partnership', partnershipEvents],
  ['correction', [eventRetracted]],
];

export const kindByType: ReadonlyMap<string, EntryKind> = new Map(
  families.flatMap(([kind, events]) => events.map(({ type }) => [type, type.startsWith('promise-') ? 'promise' : kind] as const)),
);

/** One event as the timeline shows it. */
export interface TimelineEntry {
  readonly eventId: string;
  readonly revision: number;
  readonly position: string;
  readonly type: string;
  /** When it was true, and when it was learned. */
  readonly at: string;
  readonly recordedAt: string;
  readonly actor: Actor;
  readonly data: unknown;
  /** The ids of what it is about: deal, case, campaign, contact, … */
  readonly regarding: Readonly<Record<string, string>>;
}

/** Begins with the customer, then goes by time, then by revision: the order of the keys is the order of the timeline. */
export const entryKey = (customerId: string, at: string, revision: number): string =>
  `${customerId}|${at}|${String(revision).padStart(10, '0')}`;

export const revisionIn = (key: string): number => Number(key.slice(key.lastIndexOf('|') + 1));

/** The key of an event, and what is searched for; the event itself is read from the log, which alone holds what may be personal. */
export const placeOf = ({ stream, revision, type, occurredAt: at, recordedAt, data }: DomainEvent): Entry => ({
  key: entryKey(customerOf(stream), at, revision),
  fields: { recordedAt, type, kind: kindByType.get(type) ?? null, channel: (data as EntryData).channel ?? null },
});

export const entryOf = ({
  id: eventId,
  revision,
  position,
  type,
  occurredAt: at,
  recordedAt,
  actor,
  data,
}: DomainEvent): TimelineEntry => ({
  eventId,
  revision,
  position,
  type,
  at,
  recordedAt,
  actor,
  data,
  regarding: regardingOf(data as EntryData),
});

interface EntryData {
  readonly channel?: string;
  readonly regarding?: Readonly<Record<string, string>>;
  readonly [other: string]: unknown;
}

const idMembers = ['dealId', 'contactId', 'caseId', 'campaignId', 'promiseId', 'purchaseId', 'complaintId', 'agreementId'] as const;
function regardingOf(data: EntryData): Record<string, string> {
  const ids: Record<string, string> = { ...data.regarding };
  for (const member of idMembers) {
    const id = data[member];
    if (typeof id === 'string') ids[member] = id;
  }
  return ids;
}
