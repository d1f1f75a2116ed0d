import { LRUCache } from 'lru-cache';
import type { EventLog, RecordedEvent } from '#event-log';
import type { CardDocument } from '#projections/card/document.js';
import { withoutPersonalText } from '#projections/card/erasure.js';
import { cardProjection } from '#projections/card/projection.js';
import { idValues } from '#projections/persistent/id-map.js';
import { keyOf } from './cloud-event.js';

/** A record of the customers topic; `value` is null, a tombstone, for a customer who was erased. */
export interface CustomerRecord {
  readonly key: string;
  readonly value: string | null;
}

/** Follows customers' cards along the log. Give it events in the order of the log; a card that it has forgotten is folded from its stream. */
export const createCards = (log: Pick<EventLog, 'readStream'>, { remembered = 10_000 } = {}) => {
  const cards = new LRUCache<string, CardDocument>({ max: remembered });
  const { init, apply } = cardProjection.document!;

  async function before({ stream, revision }: RecordedEvent): Promise<CardDocument> {
    let card = init(keyOf(stream));
    if (revision === 0) return card;
    for await (const batch of log.readStream(stream, { to: revision - 1 })) card = batch.reduce(apply, card);
    return card;
  }

  /** The card after the event. */
  return async (event: RecordedEvent): Promise<CardDocument> => {
    const card = apply(cards.get(event.stream) ?? (await before(event)), event);
    cards.set(event.stream, card);
    return card;
  };
};

/** @param personal whether name, identifiers, profile and free texts go along */
export const customerRecordOf = (card: CardDocument, { personal }: { readonly personal: boolean }): CustomerRecord => {
  if (card.status === 'erased') return { key: card.customerId, value: null };
  const { details, detailsHistory, identifiers, profile, deals, promises, complaints, planned, ...open } = personal
    ? card
    : withoutPersonalText(card);
  const { displayName, ...impersonal } = details;
  const value = {
    ...open,
    ...impersonal,
    ...(personal && { displayName, identifiers, profile }),
    deals: idValues(deals),
    promises: idValues(promises),
    complaints: idValues(complaints),
    planned: idValues(planned),
  };
  return { key: card.customerId, value: JSON.stringify(value) };
};
