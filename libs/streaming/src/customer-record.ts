import { LRUCache } from 'lru-cache';
import type { EventCatalogue, EventLog, RecordedEvent } from '#event-log';
import { dealsOf } from '#projections/card/deals.js';
import type { CardDocument } from '#projections/card/document.js';
import { withoutPersonalText } from '#projections/card/erasure.js';
import { profileOf } from '#projections/card/profile.js';
import { cardProjection } from '#projections/card/projection.js';
import { NEVER } from '#projections/days.js';
import { idValues } from '#projections/persistent/id-map.js';
import { keyOf, publishedName } from './cloud-event.js';
import type { CustomerValue } from './customer-schema.js';
import { type Chain, emptyChain, extended } from './rolling-hash.js';

/** A record of the customers topic; `value` is null, a tombstone, for a customer who was erased. */
export interface CustomerRecord {
  readonly key: string;
  /** Which event it reflects, and the chain up to there: a reader who begins here goes on with both. */
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string | null;
}

/** What is known of a customer after an event that is published. */
export interface Followed {
  readonly card: CardDocument;
  readonly last: Pick<RecordedEvent, 'revision' | 'position'>;
  readonly chain: Chain;
}

/**
 * Follows customers along the log. Give it the published events in the order of the log; a customer that it has forgotten is folded from the
 * stream. What is not published leaves no mark in a record, so it is the same whether it is made of one event or of a batch.
 */
export const createCards = (log: Pick<EventLog, 'readStream'>, registry: Pick<EventCatalogue, 'get'>, { remembered = 10_000 } = {}) => {
  const customers = new LRUCache<string, Followed>({ max: remembered });
  const { init, apply } = cardProjection.document!;

  const after = (before: Followed | undefined, event: RecordedEvent): Followed => {
    const chain = before?.chain ?? emptyChain;
    return {
      card: apply(before?.card ?? init(keyOf(event.stream)), event),
      last: { revision: event.revision, position: event.position },
      chain: extended(chain, event.hash),
    };
  };

  const isPublished = (event: RecordedEvent) => publishedName(event, registry.get(event.type)) !== null;

  async function before({ stream, revision }: RecordedEvent): Promise<Followed | undefined> {
    let found: Followed | undefined;
    if (revision === 0) return found;
    for await (const batch of log.readStream(stream, { to: revision - 1 })) found = batch.filter(isPublished).reduce(after, found);
    return found;
  }

  /** The customer after the event. */
  return async (event: RecordedEvent): Promise<Followed> => {
    const now = after(customers.get(event.stream) ?? (await before(event)), event);
    customers.set(event.stream, now);
    return now;
  };
};

/** @param personal whether name, identifiers, profile and free texts go along */
export const customerRecordOf = ({ card, last, chain }: Followed, { personal }: { readonly personal: boolean }): CustomerRecord => {
  const key = card.customerId;
  const headers = {
    'content-type': 'application/json',
    letopis_sequence: String(last.revision),
    letopis_position: last.position,
    letopis_events: String(chain.events),
    letopis_hash: chain.hash,
  };
  if (card.status === 'erased') return { key, headers, value: null };
  const shown = personal ? card : withoutPersonalText(card);
  const { details, detailsHistory, identifiers, profile, acquisition, deals, promises, complaints, planned, ...open } = shown;
  const { displayName, ...impersonal } = details;
  const value: CustomerValue = {
    ...open,
    ...impersonal,
    status: card.status,
    ...(personal && { displayName, identifiers, profile: profileOf(card) }),
    acquisition: personal ? acquisition : acquisition.map(({ referrer: _, ...method }) => method),
    deals: dealsOf(shown, NEVER),
    promises: idValues(promises),
    complaints: idValues(complaints),
    planned: idValues(planned),
  };
  return { key, headers, value: JSON.stringify(value) };
};
