import type { DomainEvent, EventReads, StoredEvent } from '#event-log';

/** Streams of the log as they are stored or as they are read. */
export type StreamReads = Pick<EventReads<DomainEvent | StoredEvent>, 'readStream'>;

/** Those of the subjects for whom an event of the stream has fields that are encrypted, or a fingerprint under their key. Those of a lost key are not decrypted. */
export async function namedIn(stream: string, subjects: ReadonlySet<string>, log: StreamReads): Promise<Set<string>> {
  const named = new Set<string>();
  for await (const batch of log.readStream(stream)) {
    for (const { sealed, commandHash } of batch) {
      for (const { subject } of sealed ?? []) if (subjects.has(subject)) named.add(subject);
      if (subjects.has(stream) && commandHash !== undefined && isUnderSubjectKey(commandHash)) named.add(stream);
    }
    if (named.size === subjects.size) break;
  }
  return named;
}

/** Kind of the fingerprints of commands that are made under the key of a subject. */
export const SUBJECT_FINGERPRINT = 'c1:';
/** Kind of those that are made under it of a fingerprint of before, when a log was encrypted. */
export const FORMER_FINGERPRINT = 'c2:';

export const isUnderSubjectKey = (fingerprint: string): boolean =>
  fingerprint.startsWith(SUBJECT_FINGERPRINT) || fingerprint.startsWith(FORMER_FINGERPRINT);

/** Whether the stream has an event of the type, which stands near its end where it does. */
export async function holdsEvent(type: string, stream: string, log: StreamReads): Promise<boolean> {
  for await (const batch of log.readStream(stream, { direction: 'backwards' })) if (batch.some((event) => event.type === type)) return true;
  return false;
}
