import type { DomainEvent, NotUnderstood, RawEvent, StoredEvent } from './event-log.js';
import { isSealed } from './sealed-events.js';

/** What is known of an event whose body cannot be read. */
export type UnreadableEvent = Pick<StoredEvent, 'id' | 'stream' | 'revision' | 'position' | 'type' | 'hash' | 'notUnderstood'>;

/** `missing`: somebody deleted or cut the stream, which no log does. */
type Why = NotUnderstood | 'missing';

const meanings: Readonly<Record<Why, string>> = {
  unreadable: 'its body cannot be read; run `letopis verify`',
  'unknown-type': 'its type is unknown to this version of Letopis',
  'newer-version': 'its version is newer than this version of Letopis supports',
  'key-lost': 'the key of its personal fields is not in the store of subject keys; restore that store from its backup',
  'sealed-differs':
    'its personal fields were not encrypted for this event, or were changed; run `letopis verify` and restore the event log from a backup',
  missing: 'the stream was deleted or cut on the server of the event log; restore it from a backup',
};

/** An event stands in the way of whoever has to go by all events of its stream. */
export class EventNotUnderstood extends Error {
  override readonly name = 'EventNotUnderstood';
  readonly details: Pick<StoredEvent, 'stream' | 'revision'> & {
    readonly eventType: string;
    readonly schemaVersion?: number;
    readonly keyIds?: readonly string[];
  };

  constructor(
    {
      stream,
      revision,
      type,
      schemaVersion,
      sealed,
    }: Pick<StoredEvent, 'stream' | 'revision' | 'type' | 'sealed'> & {
      readonly schemaVersion?: number;
    },
    readonly why: Why,
  ) {
    super(`the event at revision ${revision} of ${stream} is not understood: ${meanings[why]}`);
    this.details = {
      ...{ stream, revision, eventType: type },
      ...(schemaVersion !== undefined && { schemaVersion }),
      ...(why === 'key-lost' && sealed && { keyIds: sealed.map(({ keyId }) => keyId) }),
    };
  }
}

/** @throws EventNotUnderstood */
export const mustBeUnderstood = (
  event: Pick<StoredEvent, 'stream' | 'revision' | 'type' | 'schemaVersion' | 'sealed'> & {
    readonly notUnderstood?: NotUnderstood | undefined;
  },
): void => {
  if (event.notUnderstood !== undefined) throw new EventNotUnderstood(event, event.notUnderstood);
};

/** All but the personal fields of the event is as it was written: whoever does without them can take it in. */
export const lacksPersonalFields = ({ notUnderstood }: Pick<DomainEvent, 'notUnderstood'>): boolean =>
  notUnderstood === 'key-lost' || notUnderstood === 'sealed-differs';

/** Such an event as that of an erased subject would be. */
export const asOfErased = (event: DomainEvent): StoredEvent => {
  const { notUnderstood: _, sealed: __, ...rest } = event as unknown as StoredEvent;
  return rest as StoredEvent;
};

/** The event that a stored text is; undefined where it is none. */
export const parsedEvent = (text: string): { -readonly [Name in keyof StoredEvent]: StoredEvent[Name] } | undefined => {
  try {
    const event = JSON.parse(text);
    const { id, type, stream, occurredAt, recordedAt, actor, data, sealed } = event;
    const isEvent =
      typeof id === 'string' &&
      typeof type === 'string' &&
      typeof stream === 'string' &&
      typeof occurredAt === 'string' &&
      typeof recordedAt === 'string' &&
      typeof actor === 'object' &&
      actor !== null &&
      data !== undefined &&
      (sealed === undefined || isSealed(sealed));
    return isEvent ? event : undefined;
  } catch {
    return undefined;
  }
};

/** It stands in the place of an event that cannot be read, and has nothing but what the log knows of it without its body. */
export const unreadableEvent = ({ stream, revision, position, type, hash }: RawEvent): StoredEvent => {
  const known: UnreadableEvent = { id: `${stream}@${revision}`, stream, revision, position, type, hash, notUnderstood: 'unreadable' };
  return known as StoredEvent;
};
