import type { DomainEvent, EventReads, StoredEvent } from '#event-log';

/** Streams of the log as they are stored or as they are read. */
export type StreamReads = Pick<EventReads<DomainEvent | StoredEvent>, 'readStream'>;

/** Whether an event of the stream has fields that are encrypted for the subject, or a fingerprint under its key. Those of a lost key are not decrypted. */
export async function namesKeyOf(subject: string, stream: string, log: StreamReads): Promise<boolean> {
  for await (const batch of log.readStream(stream))
    for (const { sealed, commandHash } of batch) {
      if (sealed?.some((each) => each.subject === subject)) return true;
      if (stream === subject && commandHash?.startsWith(SUBJECT_FINGERPRINT)) return true;
    }
  return false;
}

/** Kind of the fingerprints that are made under the key of a subject. */
export const SUBJECT_FINGERPRINT = 'c1:';

/** Whether the stream has an event of the type, which stands near its end where it does. */
export async function holdsEvent(type: string, stream: string, log: StreamReads): Promise<boolean> {
  for await (const batch of log.readStream(stream, { direction: 'backwards' })) if (batch.some((event) => event.type === type)) return true;
  return false;
}
