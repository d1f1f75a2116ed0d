import type { EventDefinition, RecordedEvent } from '#event-log';

/** CloudEvents 1.0, JSON format. `subject` is the stream and will be the key; it is never personal. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: '/letopis';
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** Extensions: place in the log, and in the stream. */
  readonly position: string;
  readonly revision: number;
  readonly data: unknown;
}

/** Undefined for an event that stays inside. Personal fields are left out: who reads a topic is not known here. */
export const cloudEventOf = (event: RecordedEvent, definition: EventDefinition | undefined): CloudEvent | undefined => {
  if (definition === undefined || definition.published === null) return undefined;
  return {
    specversion: '1.0',
    id: event.id,
    source: '/letopis',
    type: definition.published,
    subject: event.stream,
    time: event.occurredAt,
    datacontenttype: 'application/json',
    position: event.position,
    revision: event.revision,
    data: without(event.data, definition.personal),
  };
};

const without = (data: unknown, pointers: readonly string[]): unknown => {
  const copy = structuredClone(data);
  for (const pointer of pointers) {
    const path = pointer.split('/').slice(1);
    const member = path.pop();
    const holder = path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], copy);
    if (member !== undefined && typeof holder === 'object' && holder !== null) delete (holder as Record<string, unknown>)[member];
  }
  return copy;
};
