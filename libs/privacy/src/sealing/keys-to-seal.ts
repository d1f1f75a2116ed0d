import { KeyLost } from './key-lost.js';
import type { KnownKey, RecentKeys } from './recent-keys.js';
import { namedIn, type StreamReads } from './subject-streams.js';

export interface ToSeal {
  /** Where the events are to be appended; absent where that is many streams. */
  readonly stream?: string;
  /** There is no such stream yet. */
  readonly isNew: boolean;
  readonly log: StreamReads;
  /** Whether the stream of the subject says that it was erased. */
  readonly isErased: (subject: string, log: StreamReads) => Promise<boolean>;
}

/**
 * The keys that the events of an accepted decision are encrypted with, made where there is none yet.
 * @throws KeyLost where the log names one that there is no more
 */
export async function keysToSeal(
  keys: RecentKeys,
  subjects: readonly string[],
  { stream, isNew, log, isErased }: ToSeal,
): Promise<ReadonlyMap<string, KnownKey>> {
  const asked = await keys.ask(subjects);
  const found = new Map(subjects.map((subject) => [subject, asked.get(subject)!]));
  const missing = new Set<string>();
  for (const [subject, known] of found) {
    if (known.kind !== 'none') continue;
    if (!(isNew && subject === stream) && (await isErased(subject, log))) found.set(subject, { kind: 'erased' });
    else if (known.unreadable) throw new KeyLost(subject, known.unreadable);
    else missing.add(subject);
  }
  if (missing.size === 0) return found;
  // However many they are, the stream is read once for all.
  const named = isNew || stream === undefined ? new Set<string>() : await namedIn(stream, missing, log);
  for (const subject of missing)
    if (subject !== stream && !named.has(subject)) for (const each of await namedIn(subject, new Set([subject]), log)) named.add(each);
  // Another may have made it since the store was asked: a key is in the store before the log names it.
  const again = named.size > 0 ? await keys.ask(named) : NOTHING;
  for (const subject of named) {
    const now = again.get(subject)!;
    if (now.kind === 'none') throw new KeyLost(subject, now.unreadable);
    found.set(subject, now);
    missing.delete(subject);
  }
  if (missing.size > 0) for (const [subject, key] of await keys.make([...missing])) found.set(subject, key);
  return found;
}

const NOTHING: ReadonlyMap<string, KnownKey> = new Map();
