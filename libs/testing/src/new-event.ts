import type { NewEvent } from '#event-log';

let made = 0;

/** A valid new event with an id of its own; what is given replaces the rest. */
export function newEvent(over: Partial<NewEvent> = {}): NewEvent {
  made += 1;
  const id = over.id ?? `event-${process.pid}-${made}`;
  return {
    id,
    type: 'thing-noted',
    schemaVersion: 1,
    occurredAt: '2026-11-22T21:14:47.000Z',
    recordedAt: '2026-11-22T21:14:47.000Z',
    actor: { kind: 'curator', id: 'curator-1' },
    correlationId: 'correlation-1',
    commandId: `command-of-${id}`,
    data: { n: made },
    ...over,
  };
}

export function newEvents(count: number, over: Partial<NewEvent> = {}): NewEvent[] {
  return Array.from({ length: count }, () => newEvent(over));
}
