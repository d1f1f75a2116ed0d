import type { Actor, DomainEvent } from '#event-log';
import {
  attitudeEvents,
  contactEvents,
  curationEvents,
  customerEvents,
  dealEvents,
  eventRetracted,
  isRetraction,
  partnershipEvents,
  privacyEvents,
  purchaseEvents,
  retentionListed,
} from '#relationship/read-side.js';
import { customerOf } from '../event-handlers.js';
import type { Entry } from '../projection.js';

export type EntryKind = 'contact' | 'promise' | 'deal' | 'purchase' | 'attitude' | 'care' | 'identity' | 'partnership' | 'correction';

const families: readonly (readonly [EntryKind, readonly { readonly type: string }[]])[] = [
  ['identity', [...customerEvents, ...privacyEvents, retentionListed]],
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
export const entryKey = (customerId: string, at: string, revision: number): string => `${customerId}|${at}|${padded(revision)}`;

export const revisionIn = (key: string): number => Number(key.slice(key.lastIndexOf('|') + 1));

/** Behind the last of a customer's entries by time. */
export const endOfTime = (customerId: string): string => `${customerId}|:`;

/** What the keys of the retractions of an event begin with, so that whoever reads it finds them; nothing else needs to be read of one. */
export const retractionKey = (customerId: string, eventId: string): string => `${customerId}|retracted|${eventId}|`;

/** Behind all keys that begin with that. */
export const behind = (retractions: string): string => `${retractions.slice(0, -1)}}`;

/** The retracted event, its retraction and what takes its place. */
export const retractionIn = (
  key: string,
): { readonly of: string; readonly by: { readonly eventId: string; readonly replacedBy?: string } } => {
  const [, , of, eventId, replacedBy] = key.split('|') as [string, string, string, string, string];
  return { of, by: { eventId, ...(replacedBy && { replacedBy }) } };
};

/** The key of an event, and what is searched for; the event itself is read from the log, which alone holds what may be personal. */
export const entriesFor = (event: DomainEvent): readonly Entry[] => {
  const { id, stream, revision, type, occurredAt: at, recordedAt, data } = event;
  const customerId = customerOf(stream);
  const fields = { recordedAt, type, kind: kindByType.get(type) ?? null, channel: (data as EntryData).channel ?? null };
  const inTime = { key: entryKey(customerId, at, revision), fields };
  if (!isRetraction(event)) return [inTime];
  const { eventId, replacedBy = '' } = event.data;
  return [inTime, { key: `${retractionKey(customerId, eventId)}${id}|${replacedBy}`, fields }];
};

const padded = (revision: number): string => String(revision).padStart(10, '0');

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
