import {
  type CopiedEvent,
  type Copying,
  type EventCatalogue,
  EventNotUnderstood,
  type EventReads,
  type NewEvent,
  type Position,
  type RawEvent,
  type StoredEvent,
  verified,
  verifyEvent,
} from '#event-log';
import { canonicalJson } from '#event-log/canonical-json.js';
import { serializeAppend } from '#event-log/serialized-append.js';
import { keysToSeal } from './keys-to-seal.js';
import { createFieldsOf, createPersonalFields, type SubjectOf, takenFrom } from './personal-fields.js';
import type { KnownKey, RecentKeys } from './recent-keys.js';
import { ERASED_FINGERPRINT, ofFormerFingerprint } from './subject-fingerprints.js';
import { isUnderSubjectKey } from './subject-streams.js';

export interface EncryptingCopyOptions {
  readonly source: Pick<EventReads<StoredEvent>, 'readStream' | 'readAll' | 'head'>;
  readonly keys: RecentKeys;
  readonly registry: Pick<EventCatalogue, 'get'>;
  readonly subjectOf: SubjectOf;
  /** The type of the event that says that the subject of its stream was erased. */
  readonly erasingEvent: string;
  readonly erased: ErasedInSource;
}

/** Who was erased in the source, as far as it has been read: kept from one pass to the next, so that each reads only what is new. */
export interface ErasedInSource {
  /** Destroys the keys of these subjects, which a pass of before their erasure may have made. */
  readonly destroy: (subjects: readonly string[]) => Promise<void>;
  readonly subjects: Set<string>;
  upTo?: Position;
}

/** Of each subject that the events name. */
type KeyOf = (subject: string) => KnownKey;

/**
 * Copies a log so that the personal fields are encrypted in the copy, as those of new events are; what is encrypted already stays as it is.
 * A fingerprint of a command becomes one under the key of its subject. Who was erased gets no key, and loses the personal fields. Each event
 * is of version 2 of the envelope and as this code publishes it. `copyEvents` rejects with EventNotUnderstood where nobody can say what is
 * personal, or a key was lost, and with KeyLost.
 */
export async function createEncryptingCopy(options: EncryptingCopyOptions): Promise<Copying> {
  const { source, keys, registry, subjectOf, erasingEvent } = options;
  const erased = await readErased(options);
  const isErased = async (subject: string) => erased.has(subject);
  const personal = createPersonalFields({ keys, registry, subjectOf, isErased, erases: ({ type }) => type === erasingEvent });
  const fieldsOf = createFieldsOf({ registry, subjectOf });

  const subjectsOf = (event: StoredEvent): readonly (string | undefined)[] => [
    ...fieldsOf(event.stream, event).keys(),
    ...(event.sealed ?? []).map(({ subject }) => subject),
    event.commandHash === undefined ? undefined : subjectOf(event.stream, event),
  ];

  /** Keys that there are not are made, those of all these events at once. */
  async function keysOf(events: readonly StoredEvent[]): Promise<KeyOf> {
    for (const event of events) {
      const { version } = registry.get(event.type) ?? {};
      if (version === undefined) throw new EventNotUnderstood(event, 'unknown-type');
      if (event.schemaVersion > version) throw new EventNotUnderstood(event, 'newer-version');
    }
    const found = new Map<string, KnownKey>();
    const unknown = new Set<string>();
    for (const subject of events.flatMap(subjectsOf)) {
      if (subject === undefined || found.has(subject)) continue;
      const known = erased.has(subject) ? ERASED : keys.recent(subject);
      if (known) found.set(subject, known);
      else unknown.add(subject);
    }
    if (unknown.size > 0)
      for (const [subject, key] of await keysToSeal(keys, [...unknown], { isNew: false, log: source, isErased })) found.set(subject, key);
    const keyOf = (subject: string) => found.get(subject)!;
    const isLost = ({ sealed = [] }: StoredEvent) =>
      sealed.some(({ subject, keyId }) => {
        const known = keyOf(subject);
        return known.kind === 'key' && known.key.id !== keyId;
      });
    const lost = events.find(isLost);
    if (lost) throw new EventNotUnderstood(lost, 'key-lost');
    return keyOf;
  }

  /** The event before its personal fields are encrypted, without those that are nobody's any more. */
  function unsealed(event: StoredEvent, keyOf: KeyOf): NewEvent {
    const own = subjectOf(event.stream, event);
    const fields = [...fieldsOf(event.stream, event)];
    const gone = fields.filter(([subject]) => keyOf(subject).kind === 'erased').map(([, pointers]) => pointers);
    // Names of actors are stored no more; that of one of a customer's events is the customer's personal field.
    const { left } = takenFrom(event, own === undefined ? [...gone, ['/actor/name']] : gone);
    const { commandHash, source: _, ...others } = event;
    return {
      ...{ ...others, data: left.data, actor: left.actor },
      ...(left.source && { source: left.source }),
      ...(commandHash !== undefined && { commandHash: own === undefined ? commandHash : fingerprintOf(commandHash, keyOf(own)) }),
    };
  }

  async function contents(events: readonly StoredEvent[]): Promise<readonly string[]> {
    const keyOf = await keysOf(events);
    return (await personal.open(events, source)).map((event) => {
      if (event.notUnderstood !== undefined) throw new EventNotUnderstood(event, event.notUnderstood);
      const own = subjectOf(event.stream, event);
      const isGone = own !== undefined && event.commandHash !== undefined && keyOf(own).kind !== 'key';
      const { id, type, schemaVersion, occurredAt, recordedAt, actor, correlationId, causationId, commandId, commandHash, ...rest } =
        unsealed(event, keyOf);
      const envelope = { id, type, schemaVersion, occurredAt, recordedAt, actor, correlationId, causationId, commandId };
      const hash = isGone ? ERASED_FINGERPRINT : commandHash;
      return canonicalJson({ ...envelope, commandHash: hash, source: rest.source, data: rest.data });
    });
  }

  const isPlain = (event: StoredEvent): boolean => event.envelopeVersion !== 2 || fieldsOf(event.stream, event).size > 0;

  async function differences(copied: readonly CopiedEvent[]): Promise<readonly (string | undefined)[]> {
    const damaged = copied.map(({ copy }) => verifyEvent(copy).fault && 'which does not verify');
    if (damaged.some((fault) => fault !== undefined)) return damaged;
    const [originals, copies] = [copied.map(({ original }) => verified(original)), copied.map(({ copy }) => verified(copy))];
    const [before, after] = [await contents(originals), await contents(copies)];
    return copies.map((copy, index) => {
      if (isPlain(copy)) return 'which is not encrypted';
      return before[index] === after[index] ? undefined : 'with another content than the source';
    });
  }

  return {
    prepare: async (originals) => void (await keysOf(originals.map(verified))),
    async made(originals, previousHash) {
      const events = originals.map(verified);
      const [{ stream, revision }] = originals as readonly [RawEvent];
      const keyOf = await keysOf(events);
      const plain = events.map((event) => unsealed(event, keyOf));
      const sealed = await personal.seal({ stream, expected: { revision, hash: previousHash }, events: plain }, source);
      const expected = revision === 0 ? 'none' : ({ revision: revision - 1, hash: previousHash } as const);
      return serializeAppend(stream, expected, sealed, registry).events;
    },
    differences,
  };
}

async function readErased({ source, erasingEvent, erased }: EncryptingCopyOptions): Promise<ReadonlySet<string>> {
  const { upTo: after, subjects, destroy } = erased;
  const upTo = await source.head();
  for await (const batch of source.readAll({ types: [erasingEvent], upTo, ...(after !== undefined && { after }) })) {
    const found = batch.map(({ stream }) => stream);
    await destroy(found);
    for (const subject of found) subjects.add(subject);
  }
  erased.upTo = upTo;
  return subjects;
}

const ERASED: KnownKey = { kind: 'erased' };

function fingerprintOf(fingerprint: string, known: KnownKey): string {
  if (isUnderSubjectKey(fingerprint)) return fingerprint;
  return known.kind === 'key' ? ofFormerFingerprint(known.key, fingerprint) : ERASED_FINGERPRINT;
}
