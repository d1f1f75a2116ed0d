import type { StoredStreams } from '#event-log';

/** Whether an event of the stream has fields that are encrypted for the subject, or a fingerprint under its key. */
export async function namesKeyOf(subject: string, stream: string, stored: StoredStreams): Promise<boolean> {
  for await (const batch of stored.readStream(stream))
    for (const { sealed, commandHash } of batch) {
      if (sealed?.some((each) => each.subject === subject)) return true;
      if (stream === subject && commandHash?.startsWith(SUBJECT_FINGERPRINT)) return true;
    }
  return false;
}

/** Kind of the fingerprints that are made under the key of a subject. */
export const SUBJECT_FINGERPRINT = 'c1:';

/** Whether the stream has an event of the type, which stands near its end where it does. */
export async function holdsEvent(type: string, stream: string, stored: StoredStreams): Promise<boolean> {
  for await (const batch of stored.readStream(stream, { direction: 'backwards' }))
    if (batch.some((event) => event.type === type)) return true;
  return false;
}
