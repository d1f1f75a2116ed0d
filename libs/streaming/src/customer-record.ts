import { LRUCache } from 'lru-cache';
import { concretePointers, type DomainEvent, type EventCatalogue, type EventLog, roughSize } from '#event-log';
import { acquisitionOf, complaintsOf, mergedIntoOf, plannedOf, promisesOf } from '#projections/card/answer.js';
import { consentsOf } from '#projections/card/consents.js';
import { dealsOf } from '#projections/card/deals.js';
import { detailsOf } from '#projections/card/details.js';
import type { CardDocument } from '#projections/card/document.js';
import { identifiersOf } from '#projections/card/identifiers.js';
import { profileOf } from '#projections/card/profile.js';
import { cardProjection } from '#projections/card/projection.js';
import { retracts, revises } from '#projections/counting.js';
import { NEVER } from '#projections/days.js';
import { foldCustomer } from '#projections/fold.js';
import { intervalsOf } from '#projections/shared/assignments.js';
import { markedMembers } from '#relationship/kernel/personal.js';
import type { EventRetracted } from '#relationship/read-side.js';
import { relationshipStream } from '#relationship/streams.js';
import { keyOf, publishedName, sequenceOf } from './cloud-event.js';
import { type CustomerValue, customerSchema } from './customer-schema.js';
import { type Chain, emptyChain, extended } from './rolling-hash.js';
import { CARD_TYPE, CARD_VERSION, type PublishingKey, sealedValue } from './sealed-value.js';

/** A record of the customers topic; `value` is null, a tombstone, for a customer who was erased. */
export interface CustomerRecord {
  readonly key: string;
  /** Which event it reflects, and the chain up to there: a reader who begins here continues with both. */
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string | null;
}

/** What is known of a customer after an event that is published. */
export interface Followed {
  readonly card: CardDocument;
  readonly last: Pick<DomainEvent, 'revision' | 'position'>;
  readonly chain: Chain;
  /** An event came that is not understood: the card is that of before, and owed since. */
  readonly owed?: boolean;
  /** Of all that the events say. */
  readonly characters: number;
  /** The event to come that takes the place of another. */
  readonly awaited?: string | undefined;
}

type Registry = Pick<EventCatalogue, 'get'>;

const { init, apply } = cardProjection.document!;

/** The card changes only where the event is the first to count of what it says; of what was retracted it is to be folded again. */
const after = (before: Followed | undefined, event: DomainEvent): Followed => {
  const card = before?.card ?? init(keyOf(event.stream));
  const owed = before?.owed === true || event.notUnderstood !== undefined;
  return {
    card: owed || isCorrection(before, event) ? card : apply(card, event),
    awaited: retracts(event) ? (event.data as EventRetracted['data']).replacedBy : undefined,
    ...(owed && { owed }),
    last: { revision: event.revision, position: event.position },
    chain: extended(before?.chain ?? emptyChain, event.hash),
    characters: (before?.characters ?? 0) + roughSize(event.data),
  };
};

/** It, or the retraction right before it, changes which events count or what is left of them. */
const isCorrection = (before: Followed | undefined, event: DomainEvent): boolean => revises(event) || before?.awaited === event.id;

/** A customer after the published events up to a revision; undefined where there are none. */
export const customerUpTo = async (
  log: Pick<EventLog, 'readStream'>,
  registry: Registry,
  stream: string,
  revision: number,
): Promise<Followed | undefined> => {
  const isPublished = (event: DomainEvent) => publishedName(event, registry.get(event.type)) !== null;
  let found: Followed | undefined;
  let isCorrected = false;
  for await (const batch of log.readStream(stream, { to: revision })) {
    found = batch.filter(isPublished).reduce(after, found);
    isCorrected ||= batch.some(revises);
  }
  if (!found || !isCorrected) return found;
  const events: DomainEvent[] = [];
  for await (const batch of log.readStream(stream, { to: revision })) events.push(...batch.filter(isPublished));
  return { ...found, card: foldCustomer(cardProjection, events) ?? found.card };
};

/** Of what the events of those who are remembered say, in all. */
const REMEMBERED_CHARACTERS = 200_000_000;

/**
 * Follows customers along the log. Give it the published events in the order of the log; a customer that it has forgotten is folded from the
 * stream. What is not published leaves no mark in a record, so it is the same whether it is made of one event or of a batch.
 */
export const createCards = (log: Pick<EventLog, 'readStream'>, registry: Registry, { remembered = 10_000 } = {}) => {
  const customers = new LRUCache<string, Followed>({
    max: remembered,
    maxSize: REMEMBERED_CHARACTERS,
    sizeCalculation: ({ characters }) => characters + 1,
  });

  /** The customer after the event. */
  return async (event: DomainEvent): Promise<Followed> => {
    const { stream, revision } = event;
    const before = customers.get(stream) ?? (revision === 0 ? undefined : await customerUpTo(log, registry, stream, revision - 1));
    const now = isCorrection(before, event) ? (await customerUpTo(log, registry, stream, revision))! : after(before, event);
    customers.set(stream, now);
    return now;
  };
};

const personalMembers = markedMembers(customerSchema).map(([pointer]) => pointer);

/** @param key of the customer: name, identifiers, profile and free texts go along encrypted; without one they are omitted */
export const customerRecordOf = ({ card, last, chain }: Omit<Followed, 'characters'>, key?: PublishingKey): CustomerRecord => {
  const headers = {
    'content-type': 'application/json',
    letopis_sequence: sequenceOf(last.revision),
    letopis_position: last.position,
    letopis_events: String(chain.events),
    letopis_hash: chain.hash,
  };
  if (card.status === 'erased') return { key: card.customerId, headers, value: null };
  const { customerId, revision, registration, channels, lastContact, value: worth } = card;
  // The role is in the registration, corrected as it may be.
  const { role: _role, ...details } = detailsOf(card);
  const value: CustomerValue = {
    ...{ customerId, revision, registration, channels, lastContact, value: worth },
    ...details,
    status: card.status,
    mergedInto: mergedIntoOf(card),
    identifiers: identifiersOf(card),
    profile: profileOf(card),
    consents: Object.fromEntries(
      consentsOf(card).map((consent) => [consent.purpose === null ? consent.channel : `${consent.channel}|${consent.purpose}`, consent]),
    ),
    acquisition: acquisitionOf(card),
    assignments: intervalsOf(card.assignments).map(({ to: _, ...assignment }) => assignment),
    deals: dealsOf(card, NEVER),
    promises: promisesOf(card),
    complaints: complaintsOf(card),
    planned: plannedOf(card),
  };
  const sealedAs = { stream: relationshipStream(customerId), id: last.position, type: CARD_TYPE, schemaVersion: CARD_VERSION };
  const pointers = personalMembers.flatMap((pointer) => concretePointers(value, pointer));
  return { key: customerId, headers, value: JSON.stringify(sealedValue(value, pointers, sealedAs, key)) };
};
