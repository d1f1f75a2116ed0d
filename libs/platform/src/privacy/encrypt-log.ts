import type { Copying, EventLogAdapter, EventReads, RawEvent, StoredEvent } from '#event-log';
import { CONFIRMED_WITHIN_MS, createEncryptingCopy, createFieldsOf, createRecentKeys, hasEncryptedFields } from '#privacy';
import { ERASING_EVENT, subjectOf } from '#relationship/subjects.js';
import { withoutPassword } from '../configuration/variables.js';
import { eventCatalogue } from '../events/current-events.js';
import { openSubjectKeyStore, type SubjectKeysConfiguration } from './open-subject-keys.js';

/** Personal fields are in plain text in the log: nothing is to be decided on it before it is encrypted. */
export class LogNotEncrypted extends Error {
  override readonly name = 'LogNotEncrypted';
}

const fieldsOf = createFieldsOf({ registry: eventCatalogue, subjectOf });

/**
 * Looks for the first event with personal fields: since they are encrypted no version of the program writes them otherwise, so it speaks for all
 * after it. Nothing is read after it.
 * @throws LogNotEncrypted
 */
export async function assertEncrypted(log: Pick<EventReads<unknown>, 'readRaw'>, url: string): Promise<void> {
  for await (const batch of log.readRaw())
    for (const raw of batch) {
      const kind = personalFieldsIn(raw);
      if (kind === 'encrypted') return;
      if (kind === 'plain')
        throw new LogNotEncrypted(
          `the event log ${withoutPassword(url)} contains personal data in plain text, first at revision ${raw.revision} of ${raw.stream}; encrypt it with \`letopis encrypt-log --to <url of a new log>\` and set EVENT_LOG_URL to the new log`,
        );
    }
}

function personalFieldsIn({ text, stream }: RawEvent): 'none' | 'plain' | 'encrypted' {
  if (hasEncryptedFields(text)) return 'encrypted';
  let event: StoredEvent;
  try {
    event = JSON.parse(text);
    return fieldsOf(stream, event).size > 0 ? 'plain' : 'none';
  } catch {
    // What cannot be read says nothing; `letopis verify` names it.
    return 'none';
  }
}

export interface LogEncryption {
  /** As the source is now: who was erased in it meanwhile gets no key. */
  copyingOf(source: EventLogAdapter): Promise<Copying>;
  close(): Promise<void>;
}

/**
 * @param onMade a master key was made, in this file
 * @throws what `openSubjectKeyStore` throws
 */
export async function openLogEncryption(configuration: SubjectKeysConfiguration, onMade?: (file: string) => void): Promise<LogEncryption> {
  const store = await openSubjectKeyStore(configuration, onMade);
  const keys = createRecentKeys({ store, withinMs: CONFIRMED_WITHIN_MS });
  const options = { keys, registry: eventCatalogue, subjectOf, erasingEvent: ERASING_EVENT };
  return { copyingOf: (source) => createEncryptingCopy({ source, ...options }), close: () => store.close() };
}
