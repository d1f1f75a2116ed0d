import { hkdfSync, type KeyObject } from 'node:crypto';
import { EventLogUnavailable } from '#event-log';
import { type FoundKey, type SubjectKey, type SubjectKeyStore, SubjectKeysUnavailable } from '../keys/subject-key-store.js';

/** A key of a subject, with what is derived from it. */
export interface RecentKey {
  readonly id: string;
  readonly key: KeyObject;
  /** 32 bytes by HKDF (RFC 5869, SHA-256, no salt), a character each. */
  derived(purpose: string): string;
}

/** `unreadable`: the store has one that it cannot decrypt. */
export type KnownKey =
  | { readonly kind: 'key'; readonly key: RecentKey }
  | { readonly kind: 'erased' }
  | { readonly kind: 'none'; readonly unreadable?: Error };

/** The keys of a store, each used for so long only after the store last confirmed it. */
export interface RecentKeys {
  /** Undefined where the store has to be asked. */
  recent(subject: string): KnownKey | undefined;
  /** Asks the store, for all at one time together. @throws EventLogUnavailable where it, or the master key of one of them, is out of reach */
  ask(subjects: Iterable<string>): Promise<ReadonlyMap<string, KnownKey>>;
  /** Makes those that there are not. @throws EventLogUnavailable as `ask` */
  make(subjects: readonly string[]): Promise<ReadonlyMap<string, KnownKey>>;
  forget(subject: string): void;
  /** How many subjects there is something of in memory. */
  readonly size: number;
}

export interface RecentKeysOptions {
  readonly store: Pick<SubjectKeyStore, 'find' | 'ensure' | 'state'>;
  readonly withinMs: number;
  /** Milliseconds of a clock that is never set back. */
  readonly now?: () => number;
}

/** No key is used for longer after the store last confirmed it. */
export const CONFIRMED_WITHIN_MS = 10_000;
/** The same where it is decided what is appended. */
export const CONFIRMED_FOR_DECISIONS_WITHIN_MS = 500;

const KEPT = 100_000;
const SWEPT_EVERY_MS = 1_000;
/** What is asked at about one time looks at the state of the store once. */
const STATE_FOR_MS = 10;
const NONE: KnownKey = { kind: 'none' };
const ERASED: KnownKey = { kind: 'erased' };

export function createRecentKeys({ store, withinMs, now = () => performance.now() }: RecentKeysOptions): RecentKeys {
  /** Those come first that the store confirmed longest ago. */
  const kept = new Map<string, Entry>();
  let sweeping: NodeJS.Timeout | undefined;
  let next: { readonly subjects: Set<string>; readonly found: Promise<LookedUp> } | undefined;
  let seen: Pick<Entry, 'at' | 'state'> = { at: Number.NEGATIVE_INFINITY, state: undefined };

  function seenNow(at: number): Pick<Entry, 'at' | 'state'> {
    if (at - seen.at > STATE_FOR_MS) seen = { at, state: store.state?.() };
    return seen;
  }

  function keep(subject: string, entry: Entry): void {
    kept.delete(subject);
    kept.set(subject, entry);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    sweepLater();
  }

  /** What may not be used any more does not stay in memory either, whether somebody asks for it or not. */
  function sweepLater(): void {
    if (sweeping) return;
    sweeping = setTimeout(() => {
      sweeping = undefined;
      for (const [subject, { at }] of kept) {
        if (now() - at < CONFIRMED_WITHIN_MS - SWEPT_EVERY_MS) break;
        kept.delete(subject);
      }
      if (kept.size > 0) sweepLater();
    }, SWEPT_EVERY_MS).unref();
  }

  function noted(subject: string, found: FoundKey | undefined, asked: Pick<Entry, 'at' | 'state'>): KnownKey | EventLogUnavailable {
    if (found?.kind === 'unavailable') return away(found.error);
    const known = knownOf(found, kept.get(subject)?.known);
    if (known.kind === 'none') kept.delete(subject);
    else keep(subject, { known, ...asked });
    return known;
  }

  async function lookUp(subjects: readonly string[], by: 'find' | 'ensure'): Promise<LookedUp> {
    const at = now();
    const asked = { at, state: seenNow(at).state };
    try {
      const found = await store[by](subjects);
      return new Map(subjects.map((subject) => [subject, noted(subject, found.get(subject), asked)]));
    } catch (error) {
      if (!(error instanceof SubjectKeysUnavailable)) throw error;
      throw away(error);
    }
  }

  return {
    recent(subject) {
      const entry = kept.get(subject);
      if (entry === undefined) return undefined;
      const at = now();
      if (at - entry.at <= withinMs) return entry.known;
      // As good as an answer of the store for this subject.
      const confirmed = seenNow(at);
      if (entry.state === undefined || entry.state !== confirmed.state) return undefined;
      keep(subject, { known: entry.known, ...confirmed });
      return entry.known;
    },
    async ask(subjects) {
      if (next === undefined) {
        const asked = new Set<string>();
        const found = Promise.resolve().then(() => {
          next = undefined;
          return lookUp([...asked], 'find');
        });
        next = { subjects: asked, found };
      }
      for (const subject of subjects) next.subjects.add(subject);
      return known(subjects, await next.found);
    },
    make: async (subjects) => known(subjects, await lookUp(subjects, 'ensure')),
    forget: (subject) => void kept.delete(subject),
    get size() {
      return kept.size;
    },
  };
}

interface Entry {
  readonly known: KnownKey;
  /** When the store was asked. */
  readonly at: number;
  /** Of the store, before it was asked. */
  readonly state: string | undefined;
}

type LookedUp = ReadonlyMap<string, KnownKey | EventLogUnavailable>;

const away = (error: SubjectKeysUnavailable) =>
  new EventLogUnavailable(`personal fields can be neither encrypted nor decrypted: ${error.message}`, { cause: error });

/** Whoever asked beside for others goes on. @throws EventLogUnavailable where the key of one of these cannot be had now */
function known(subjects: Iterable<string>, found: LookedUp): ReadonlyMap<string, KnownKey> {
  const these = new Map<string, KnownKey>();
  for (const subject of subjects) {
    const each = found.get(subject)!;
    if (each instanceof EventLogUnavailable) throw each;
    these.set(subject, each);
  }
  return these;
}

/** The same key object is used on, with what was derived from it. */
function knownOf(found: Exclude<FoundKey, { kind: 'unavailable' }> | undefined, before: KnownKey | undefined): KnownKey {
  if (found === undefined) return NONE;
  if (found.kind === 'erased') return ERASED;
  if (found.kind === 'unreadable') return { kind: 'none', unreadable: found.error };
  return before?.kind === 'key' && before.key.id === found.key.id ? before : { kind: 'key', key: withDerived(found.key) };
}

function withDerived({ id, key }: SubjectKey): RecentKey {
  const made = new Map<string, string>();
  return {
    id,
    key,
    derived(purpose) {
      let bytes = made.get(purpose);
      if (bytes === undefined) {
        bytes = Buffer.from(hkdfSync('sha256', key, '', purpose, 32)).toString('binary');
        made.set(purpose, bytes);
      }
      return bytes;
    },
  };
}
