import { type DomainEvent, type EventDefinition, personalFields } from '#event-log';
import { customerIdOf } from '#relationship/streams.js';
import { type PublishingKey, sealedValue } from './sealed-value.js';

/** A record of the events topic: CloudEvents 1.0, Kafka binding, binary mode. */
export interface EventRecord {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON of the event's data; null for an event that is not understood. */
  readonly value: string | null;
}

export const EVENT_SOURCE = '/letopis';

/** The customer whose event it is, else the stream: never personal, and all events of one customer stand in one partition, in order. */
export const keyOf = (stream: string): string => customerIdOf(stream) ?? stream;

/** As the CloudEvents extension "sequence" has it: sorts as a string, and is a number with zeros before it. */
export const sequenceOf = (revision: number): string => String(revision).padStart(20, '0');

/**
 * The name under which an event goes to Kafka; null for one that stays inside. For an event of a type or version that the registry does not
 * know its envelope says it.
 */
export const publishedName = (
  { schemaVersion, published, notUnderstood }: Pick<DomainEvent, 'schemaVersion' | 'published' | 'notUnderstood'>,
  definition: Pick<EventDefinition, 'published' | 'version'> | undefined,
): string | null => {
  if (notUnderstood === 'unreadable') return definition?.published ?? null;
  return definition === undefined || schemaVersion > definition.version ? (published ?? null) : definition.published;
};

/**
 * Undefined for an event that stays inside. One that is not understood goes without its value, since nobody knows what is personal in it; the
 * API gives it when it is understood.
 * @param key of the customer: personal fields go along encrypted; without one they are omitted
 */
export const eventRecordOf = (
  event: DomainEvent,
  definition: EventDefinition | undefined,
  key?: PublishingKey,
): EventRecord | undefined => {
  const { id, stream, revision, position, occurredAt, recordedAt, schemaVersion, hash, notUnderstood } = event;
  const name = publishedName(event, definition);
  if (name === null) return undefined;
  const understood = definition !== undefined && notUnderstood === undefined;
  return {
    key: keyOf(stream),
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: EVENT_SOURCE,
      ce_type: name,
      ce_subject: stream,
      ...(occurredAt !== undefined && { ce_time: occurredAt, ce_recordedtime: recordedAt, ce_schemaversion: String(schemaVersion) }),
      ce_sequence: sequenceOf(revision),
      ce_position: position,
      ce_contenthash: hash,
    },
    value: understood ? JSON.stringify(publishedValue(event, name, definition, key)) : null,
  };
};

const publishedValue = (event: DomainEvent, type: string, definition: EventDefinition, key: PublishingKey | undefined): object => {
  const { stream, id, schemaVersion, data } = event;
  return sealedValue(data as object, personalFields(definition, schemaVersion, data), { stream, id, type, schemaVersion }, key);
};
