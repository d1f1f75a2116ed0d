import { createSecretKey, type KeyObject } from 'node:crypto';
import { KeyLost } from './key-lost.js';
import type { KnownKey, RecentKey, RecentKeys } from './recent-keys.js';
import { namedIn, type StreamReads } from './subject-streams.js';

/** What the key is derived for (info of HKDF); its last part is the version of the derivation. */
export const PUBLISHING_KEY_INFO = 'letopis/publishing/v1';

/** The key to what is published of a subject: AES-256. Nothing in the log decrypts with it. `id` is that of the data key it is derived from. */
export interface PublishingKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** Of the subjects that have a key now. @throws EventLogUnavailable where the store is out of reach */
export type PublishingKeys = (subjects: Iterable<string>) => Promise<ReadonlyMap<string, PublishingKey>>;

export const createPublishingKeys = (keys: Pick<RecentKeys, 'recent' | 'ask'>): PublishingKeys => {
  const made = new WeakMap<RecentKey, PublishingKey>();
  const derived = (key: RecentKey): PublishingKey => {
    const known = made.get(key);
    if (known) return known;
    const derived = { id: key.id, key: createSecretKey(Buffer.from(key.derived(PUBLISHING_KEY_INFO), 'binary')) };
    made.set(key, derived);
    return derived;
  };
  return async (subjects) => {
    const known = new Map<string, KnownKey | undefined>([...subjects].map((subject) => [subject, keys.recent(subject)]));
    const unknown = [...known].flatMap(([subject, key]) => (key ? [] : [subject]));
    if (unknown.length > 0) for (const [subject, key] of await keys.ask(unknown)) if (known.has(subject)) known.set(subject, key);
    return new Map([...known].flatMap(([subject, key]) => (key?.kind === 'key' ? [[subject, derived(key.key)] as const] : [])));
  };
};

/** That of one subject; undefined where its stream names none. @throws KeyLost where the stream names one that cannot be had */
export async function publishingKeyOf(subject: string, keys: PublishingKeys, log: StreamReads): Promise<PublishingKey | undefined> {
  const known = (await keys([subject])).get(subject);
  if (known || !(await namedIn(subject, new Set([subject]), log)).has(subject)) return known;
  // It may have been made meanwhile: a key is in the store before the log names it.
  const made = (await keys([subject])).get(subject);
  if (made === undefined) throw new KeyLost(subject);
  return made;
}
