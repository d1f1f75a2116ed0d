import {
  concretePointers,
  createAudience,
  type DomainEvent,
  personalFields,
  putBack,
  selected,
  selectionOf,
  takenOut,
  type Withdrawals,
  without,
} from '#event-log';
import { mustBeUnderstood } from '#event-log/not-understood.js';
import { type Exported, isRetraction, type RelationshipEvent } from '#relationship/read-side.js';
import { relationship } from '#relationship/relationship.js';
import { countingEvents } from '../counting.js';

type Data = Readonly<Record<string, unknown>>;

/** One event as it is given to whom it is about. */
export interface ExportedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly data: Data;
}

export interface KeptEvent extends ExportedEvent {
  /** The role of whoever did it, never a name. */
  readonly by: DomainEvent['actor']['kind'];
  /** The system from which we have it. */
  readonly source?: string;
  /** False where it was taken back or replaced. */
  readonly counts: boolean;
}

/** In the place of free text that whoever released the data withheld, as it is about somebody else. */
export const WITHHELD = '[withheld]';

const definitions = new Map(relationship.events.map((definition) => [definition.type as string, definition]));

/** What a customer sees with an own key. */
const audience = createAudience('customer', relationship.events);

/**
 * Art. 20 GDPR: what the customer provided, of the events that count. Nobody releases it, so of what others recorded it is no more than the
 * customer sees with an own key. @throws EventNotUnderstood
 */
export const providedOf = (events: readonly DomainEvent[], customerId: string): readonly ExportedEvent[] => {
  const counting = countingEvents(ofTheDomain(events));
  const withdrawals: Withdrawals = new Map();
  for (const event of counting) audience.note(withdrawals, event);
  return counting.flatMap((event) => {
    if (isRetraction(event)) return [];
    const exported = exportedOf(event);
    const own = event.actor.kind === 'customer' && event.actor.id === customerId;
    if (!own && exported.providedIf?.(event.data as never) === false) return [];
    const given = own ? event.data : selected(audience.shown(withdrawals, event)?.data, selectionOf(exported.provided));
    return given === undefined ? [] : [{ ...envelopeOf(event), data: withoutOthers(given as Data, exported) }];
  });
};

/** Art. 15 GDPR: all that is kept of the customer, and nothing about others. @throws EventNotUnderstood */
export const keptOf = (events: readonly DomainEvent[], withheld: readonly string[] = []): readonly KeptEvent[] => {
  const recorded = ofTheDomain(events);
  const counting = new Set(countingEvents(recorded).map(({ id }) => id));
  return recorded.map((event) => ({
    ...envelopeOf(event),
    by: event.actor.kind,
    ...(event.source && { source: event.source.system }),
    counts: counting.has(event.id) || isRetraction(event),
    data: withoutOthers(withheld.includes(event.id) ? withoutTexts(event) : (event.data as Data), exportedOf(event)),
  }));
};

/** The last release of what was requested (Art. 15), which says up to where it was released. */
export const releaseIn = (events: readonly DomainEvent[]) => {
  const release = events.findLast(({ type }) => type === ('access-released' satisfies RelationshipEvent['type']));
  if (release === undefined) return undefined;
  const { withheld = [] } = release.data as { readonly withheld?: readonly string[] };
  return { revision: release.revision, recordedAt: release.recordedAt, withheld };
};

/** Subscribers that were given the key to what is published of the customer, in the order of the first time. */
export const recipientsIn = (events: readonly DomainEvent[]) => {
  const recipients = new Map<string, { readonly subscriberId: string; readonly at: string }>();
  for (const { type, data, recordedAt: at } of events) {
    if (type !== ('publishing-key-disclosed' satisfies RelationshipEvent['type'])) continue;
    const { subscriberId } = data as { readonly subscriberId: string };
    if (!recipients.has(subscriberId)) recipients.set(subscriberId, { subscriberId, at });
  }
  return [...recipients.values()];
};

/** Without what is about the log itself. */
const ofTheDomain = (events: readonly DomainEvent[]): readonly DomainEvent[] => {
  for (const event of events) mustBeUnderstood(event);
  return events.filter(({ type }) => definitions.has(type));
};

const exportedOf = ({ type }: DomainEvent): Exported => {
  const { exported } = definitions.get(type)!;
  if (exported === undefined) throw new Error(`the event ${type} does not say what of it is exported`);
  return exported;
};

const envelopeOf = ({ id: eventId, type, occurredAt, recordedAt }: DomainEvent) => ({ eventId, type, occurredAt, recordedAt });

const withoutOthers = (data: Data, { others = {}, withheld = [] }: Exported): Data =>
  Object.entries(others).reduce<Data>(
    (left, [pointer, another]) => inTheirPlace(left, concretePointers(left, pointer), another),
    without(data, withheld) as Data,
  );

const withoutTexts = ({ type, schemaVersion, data }: DomainEvent): Data =>
  inTheirPlace(data as Data, personalFields(definitions.get(type)!, schemaVersion, data), WITHHELD);

const inTheirPlace = (data: Data, pointers: readonly string[], words: string): Data => {
  const { left, taken } = takenOut(data, pointers);
  return putBack(left, Object.fromEntries(Object.keys(taken).map((pointer) => [pointer, words]))) as Data;
};
