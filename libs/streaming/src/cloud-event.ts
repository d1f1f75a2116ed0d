import type { EventDefinition, RecordedEvent } from '#event-log';
import { customerIdOf } from '#relationship/streams.js';
import { UnpublishableEvent } from './errors.js';

/** A record of the events topic: CloudEvents 1.0, Kafka binding, binary mode. */
export interface EventRecord {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON of the event's data. */
  readonly value: string;
}

export const EVENT_SOURCE = '/letopis';

/** The customer whose event it is, else the stream: never personal, and all events of one customer stand in one partition, in order. */
export const keyOf = (stream: string): string => customerIdOf(stream) ?? stream;

/** As the CloudEvents extension "sequence" has it: sorts as a string, and is a number with zeros before it. */
export const sequenceOf = (revision: number): string => String(revision).padStart(20, '0');

/**
 * The name under which an event goes to Kafka; null for one that stays inside.
 * @throws UnpublishableEvent when the registry does not know its name or its version
 */
export const publishedName = (
  { id, type, schemaVersion }: Pick<RecordedEvent, 'id' | 'type' | 'schemaVersion'>,
  definition: EventDefinition | undefined,
): string | null => {
  if (definition === undefined) throw new UnpublishableEvent(id, type, 'the registry of this version does not know the name');
  if (schemaVersion > definition.version)
    throw new UnpublishableEvent(
      id,
      type,
      `it has version ${schemaVersion}, the registry knows ${definition.version}: a newer Letopis wrote it`,
    );
  return definition.published;
};

/**
 * Undefined for an event that stays inside.
 * @param personal whether personal fields go along; who reads a topic is not known here
 * @throws UnpublishableEvent when the registry does not know its name or its version
 */
export const eventRecordOf = (
  event: RecordedEvent,
  definition: EventDefinition | undefined,
  { personal }: { readonly personal: boolean },
): EventRecord | undefined => {
  const { id, stream, revision, position, occurredAt, recordedAt, schemaVersion, hash, data } = event;
  const name = publishedName(event, definition);
  if (definition === undefined || name === null) return undefined;
  return {
    key: keyOf(stream),
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: EVENT_SOURCE,
      ce_type: name,
      ce_subject: stream,
      ce_time: occurredAt,
      ce_recordedtime: recordedAt,
      ce_schemaversion: String(schemaVersion),
      ce_sequence: sequenceOf(revision),
      ce_position: position,
      ce_contenthash: hash,
    },
    value: JSON.stringify(personal ? data : without(data, definition.personal)),
  };
};

const without = (data: unknown, pointers: readonly string[]): unknown => {
  if (pointers.length === 0) return data;
  const copy = structuredClone(data);
  for (const pointer of pointers) {
    const path = pointer.split('/').slice(1);
    const member = path.pop();
    const holder = path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], copy);
    if (member !== undefined && typeof holder === 'object' && holder !== null) delete (holder as Record<string, unknown>)[member];
  }
  return copy;
};
