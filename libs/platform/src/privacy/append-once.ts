import { type DomainEvent, type EventDefinition, type EventLog, type NewEvent, WrongExpectedRevision } from '#event-log';
import { createIds } from '../commands/new-id.js';
import { isoNow } from '../time/iso-now.js';

const newId = createIds();

export interface Recorded {
  readonly definition: EventDefinition;
  readonly data: unknown;
  /** Of the actor, which is Letopis itself. */
  readonly by: string;
  readonly occurredAt?: string;
  /** ISO 8601; now where it is absent. */
  readonly now?: string;
}

/** An event of Letopis itself at the end of a stream. @returns false where somebody else appended meanwhile */
export async function appendOnce(
  log: Pick<EventLog, 'readStream' | 'append'>,
  stream: string,
  { definition, data, by, occurredAt, now = isoNow() }: Recorded,
): Promise<boolean> {
  const id = newId();
  const head = await headOf(log, stream);
  const recordedAt = head !== undefined && head.recordedAt > now ? head.recordedAt : now;
  const event: NewEvent = {
    ...{ id, type: definition.type, schemaVersion: definition.version, occurredAt: occurredAt ?? recordedAt, recordedAt, data },
    ...{ actor: { kind: 'system', id: by }, correlationId: id, commandId: id },
  };
  try {
    await log.append(stream, head ?? 'none', [event]);
    return true;
  } catch (error) {
    if (error instanceof WrongExpectedRevision) return false;
    throw error;
  }
}

async function headOf(log: Pick<EventLog, 'readStream'>, stream: string): Promise<DomainEvent | undefined> {
  for await (const [last] of log.readStream(stream, { direction: 'backwards', limit: 1 })) return last;
  return undefined;
}
