import { LRUCache } from 'lru-cache';
import {
  type Appending,
  type EventCatalogue,
  type NewEvent,
  type NotUnderstood,
  type PersonalFields,
  personalFields,
  putBack,
  type SealedFields,
  type StoredEvent,
  type StoredStreams,
  takenOut,
} from '#event-log';
import { canonicalJson } from '#event-log/canonical-json.js';
import { hmac } from './hmac.js';
import { SubjectErased } from './key-lost.js';
import { keysToSeal } from './keys-to-seal.js';
import type { KnownKey, RecentKey, RecentKeys } from './recent-keys.js';
import { openFields, sealFields } from './sealed-fields.js';
import type { StreamReads } from './subject-streams.js';

/** Whose personal data a field of an event is; undefined where it is nobody's, and stays as it is. `pointer` leads into the data. */
export type SubjectOf = (stream: string, event: Pick<NewEvent, 'type' | 'data'>, pointer?: string) => string | undefined;

export interface PersonalFieldsOptions {
  readonly keys: RecentKeys;
  readonly registry: Pick<EventCatalogue, 'get'>;
  readonly subjectOf: SubjectOf;
  /** Whether the stream of the subject says that it was erased. */
  readonly isErased: (subject: string, log: StreamReads) => Promise<boolean>;
  /** Whether the event says that the subject whose stream it is in is erased. */
  readonly erases: (event: Pick<NewEvent, 'type'>) => boolean;
}

/** Encrypts the personal fields of each event for the subjects that they belong to, one ciphertext for each. */
export function createPersonalFields({ keys, registry, subjectOf, isErased, erases }: PersonalFieldsOptions): PersonalFields {
  /** What was sealed stays so: a repeated append has to send the same bytes. */
  const sealedBefore = new WeakMap<NewEvent, NewEvent>();
  const fieldsOf = createFieldsOf({ registry, subjectOf });

  function sealed(stream: string, event: NewEvent, fields: SubjectPointers, keyOf: KeyOf): NewEvent {
    if (fields.size === 0) return event;
    const { taken, left } = takenFrom(event, fields.values());
    const { data, source, actor } = left;
    const own = subjectOf(stream, event);
    const list: SealedFields[] = [...(event.sealed ?? NOTHING)];
    let idHash = event.source?.idHash;
    for (const [subject, pointers] of fields) {
      const known = keyOf(subject);
      // Nothing is personal any more of what an erased subject still may do, such as the completion of its erasure; and what belongs to it in
      // an event about several subjects is left out, so that the others go on.
      if (known.kind === 'erased' && (subject !== own || pointers.every((pointer) => pointer === SOURCE_ID))) continue;
      if (known.kind !== 'key') throw new SubjectErased(subject);
      const values = Object.fromEntries(pointers.filter((pointer) => pointer in taken).map((pointer) => [pointer, taken[pointer]]));
      list.push(sealFields(canonicalJson(values), { stream, event, subject }, known.key));
      if (subject === own && event.source?.id !== undefined) idHash = sourceHash(known.key, event.source.system, event.source.id);
    }
    return {
      ...event,
      data,
      actor,
      ...(source && { source: { system: source.system, ...(idHash !== undefined && { idHash }) } }),
      ...(list.length > 0 && { sealed: list }),
    };
  }

  function seal(appending: Appending, stored: StoredStreams): readonly NewEvent[] | Promise<readonly NewEvent[]> {
    const { stream, events } = appending;
    if (events.some(erases)) keys.forget(stream);
    const fields = events.map((event) => (sealedBefore.has(event) ? NO_FIELDS : fieldsOf(stream, event)));
    const known = new Map<string, KnownKey>();
    const unknown = new Set<string>();
    for (const each of fields)
      for (const subject of each.keys()) {
        const key = keys.recent(subject);
        if (key) known.set(subject, key);
        else unknown.add(subject);
      }
    const all = () =>
      events.map((event, index) => {
        const before = sealedBefore.get(event);
        if (before) return before;
        const made = sealed(stream, event, fields[index]!, (subject) => known.get(subject)!);
        if (made !== event) sealedBefore.set(event, made);
        return made;
      });
    if (unknown.size === 0) return all();
    return keysToSeal(keys, [...unknown], { stream, isNew: appending.expected === 'none', log: stored, isErased }).then((found) => {
      for (const [subject, key] of found) known.set(subject, key);
      return all();
    });
  }

  function opened(event: StoredEvent, keyOf: KeyOf, isForgotten: (subject: string) => boolean): StoredEvent {
    const { sealed, source: storedSource, ...others } = event;
    const source = storedSource && { system: storedSource.system };
    const closed = (notUnderstood: NotUnderstood): StoredEvent => ({ ...event, ...(source && { source }), notUnderstood });
    const values: Record<string, unknown> = {};
    for (const each of sealed!) {
      const known = keyOf(each.subject);
      if (isForgotten(each.subject)) continue;
      if (known.kind !== 'key' || known.key.id !== each.keyId) return closed('key-lost');
      try {
        Object.assign(values, JSON.parse(openFields(each, { stream: event.stream, event, subject: each.subject }, known.key.key)));
      } catch {
        return closed('sealed-differs');
      }
    }
    try {
      const stored = { data: event.data, actor: event.actor, ...(source && { source }) };
      const { data, actor, source: itsSource } = putBack(stored, values) as StoredEvent;
      return { ...others, data, actor, ...(itsSource && { source: itsSource }) } as StoredEvent;
    } catch {
      return closed('sealed-differs');
    }
  }

  const forgotten = new LRUCache<string, true>({ max: 100_000 });
  const forget = (subject: string): void => {
    keys.forget(subject);
    forgotten.set(subject, true);
  };

  function open(events: readonly StoredEvent[], stored: StoredStreams): readonly StoredEvent[] | Promise<readonly StoredEvent[]> {
    const known = new Map<string, KnownKey>();
    const unknown = new Set<string>();
    // From here on nothing of it is decrypted, whatever the key store still has.
    for (const event of events) if (erases(event)) forget(event.stream);
    for (const { sealed = NOTHING, notUnderstood } of events) {
      if (notUnderstood !== undefined) continue;
      for (const { subject } of sealed) {
        if (known.has(subject) || unknown.has(subject)) continue;
        const key = forgotten.has(subject) ? ERASED : keys.recent(subject);
        if (key) known.set(subject, key);
        else unknown.add(subject);
      }
    }
    const all = () =>
      events.map((event) =>
        event.sealed === undefined || event.notUnderstood !== undefined
          ? event
          : opened(
              event,
              (subject) => known.get(subject)!,
              (subject) => forgotten.has(subject),
            ),
      );
    const gone = [...known].some(([subject, { kind }]) => kind !== 'key' && !forgotten.has(subject));
    if (unknown.size === 0 && !gone) return known.size === 0 ? events : all();
    return (async () => {
      if (unknown.size > 0) {
        const found = await keys.ask(unknown);
        for (const subject of unknown) known.set(subject, found.get(subject)!);
      }
      for (const [subject, { kind }] of known)
        if (kind !== 'key' && !forgotten.has(subject) && (await isErased(subject, stored))) forget(subject);
      return all();
    })();
  }

  return { seal, open };
}

/** Of an event as it is stored, in canonical JSON: in a value the quotes would be escaped. */
export const hasEncryptedFields = (text: string): boolean => text.includes('"sealed":[{');

/** JSON pointers into an event of its personal fields, by the subject whose they are. */
export type FieldsOf = (stream: string, event: Pick<NewEvent, 'type' | 'schemaVersion' | 'actor' | 'source' | 'data'>) => SubjectPointers;
type SubjectPointers = ReadonlyMap<string, readonly string[]>;

export const createFieldsOf =
  ({ registry, subjectOf }: Pick<PersonalFieldsOptions, 'registry' | 'subjectOf'>): FieldsOf =>
  (stream, event) => {
    const fields = new Map<string, string[]>();
    const add = (subject: string | undefined, pointer: string) => {
      if (subject === undefined) return;
      const pointers = fields.get(subject);
      if (pointers) pointers.push(pointer);
      else fields.set(subject, [pointer]);
    };
    if (event.source?.id !== undefined) add(subjectOf(stream, event), SOURCE_ID);
    // In events of former versions alone.
    if (event.actor.name !== undefined) add(subjectOf(stream, event), '/actor/name');
    const definition = registry.get(event.type);
    if (definition)
      for (const pointer of personalFields(definition, event.schemaVersion, event.data))
        add(subjectOf(stream, event, pointer), `/data${pointer}`);
    return fields;
  };

/** The members of an event that may have personal fields, without those at the pointers. */
export function takenFrom({ data, source, actor }: Pick<NewEvent, 'data' | 'source' | 'actor'>, pointers: Iterable<readonly string[]>) {
  const { left, taken } = takenOut({ data, source, actor }, [...pointers].flat());
  return { left: left as Pick<NewEvent, 'data' | 'source' | 'actor'>, taken };
}

type KeyOf = (subject: string) => KnownKey;

const ERASED: KnownKey = { kind: 'erased' };

const SOURCE_ID = '/source/id';
const NO_FIELDS: SubjectPointers = new Map();
const NOTHING: readonly SealedFields[] = [];

const sourceHash = (key: RecentKey, system: string, id: string): string => hmac(key.derived('source'), JSON.stringify([system, id]), 'hex');
