import type { Copying, EventLogAdapter, EventReads, RawEvent, StoredEvent } from '#event-log';
import {
  CONFIRMED_WITHIN_MS,
  createEncryptingCopy,
  createFieldsOf,
  createRecentKeys,
  hasEncryptedFields,
  type SubjectKeyStore,
} from '#privacy';
import { ERASING_EVENT, subjectOf } from '#relationship/subjects.js';
import { withoutPassword } from '../configuration/variables.js';
import { eventCatalogue } from '../events/current-events.js';
import { isoNow } from '../time/iso-now.js';
import { openSubjectKeyStore, type SubjectKeysConfiguration } from './open-subject-keys.js';

/** Personal fields are in plain text in the log, or it is an unfinished encrypted copy: nothing is to be decided on it before it is encrypted. */
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
  const plain = await firstInPlainText(log);
  if (plain)
    throw new LogNotEncrypted(
      `the event log ${withoutPassword(url)} contains personal data in plain text, first at revision ${plain.revision} of ${plain.stream}; encrypt it with \`letopis encrypt-log --to <url of a new log>\` and set EVENT_LOG_URL to the new log`,
    );
}

async function firstInPlainText(log: Pick<EventReads<unknown>, 'readRaw'>): Promise<RawEvent | undefined> {
  for await (const batch of log.readRaw())
    for (const raw of batch) {
      const kind = personalFieldsIn(raw);
      if (kind !== 'none') return kind === 'plain' ? raw : undefined;
    }
  return undefined;
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

/**
 * A copy and its source have the same first event. Its key is there from the first page of the copy until the copy is complete; never where the
 * source is encrypted, which is to be started on if nobody goes on with the copy.
 */
const unfinishedCopy = (firstEvent: string): string => `secret-unfinished-copy-${firstEvent}`;

type Reads = Pick<EventReads<{ readonly id: string }>, 'readAll'>;

async function firstEventOf(log: Reads): Promise<string | undefined> {
  for await (const [first] of log.readAll({ limit: 1 })) return first?.id;
  return undefined;
}

/** Nothing is to be decided on a part of a log: what is missing would never be copied. @throws LogNotEncrypted */
export async function assertCopied(
  log: Reads,
  { keys, url }: { readonly keys: Pick<SubjectKeyStore, 'find'>; readonly url: string },
): Promise<void> {
  const first = await firstEventOf(log);
  if (first === undefined) return;
  const found = (await keys.find([unfinishedCopy(first)])).values().next().value;
  if (found !== undefined && found.kind !== 'erased')
    throw new LogNotEncrypted(
      `the event log ${withoutPassword(url)} is the unfinished result of \`letopis encrypt-log\`; run the same command again, which continues, and start the API when it has ended`,
    );
}

export interface LogEncryption {
  /**
   * As the source is now: the keys of who was erased in it meanwhile are destroyed. Until `finished`, nothing starts on the copy.
   */
  copyingOf(source: EventLogAdapter): Promise<Copying>;
  /** All of the source is copied. */
  finished(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param onMade a master key was made, in this file
 * @throws what `openSubjectKeyStore` throws
 */
export async function openLogEncryption(configuration: SubjectKeysConfiguration, onMade?: (file: string) => void): Promise<LogEncryption> {
  const store = await openSubjectKeyStore(configuration, onMade);
  const keys = createRecentKeys({ store, withinMs: CONFIRMED_WITHIN_MS });
  const erased = { subjects: new Set<string>(), destroy: (subjects: readonly string[]) => store.erase(subjects, isoNow()) };
  const options = { keys, registry: eventCatalogue, subjectOf, erasingEvent: ERASING_EVENT, erased };
  let first: string | undefined;
  return {
    async copyingOf(source) {
      if (first === undefined) {
        first = await firstEventOf(source);
        if (first !== undefined && (await firstInPlainText(source))) await store.ensure([unfinishedCopy(first)]);
      }
      return createEncryptingCopy({ source, ...options });
    },
    async finished() {
      if (first !== undefined) await store.erase([unfinishedCopy(first)], isoNow());
    },
    close: () => store.close(),
  };
}
