import { KeyLost } from './key-lost.js';
import type { KnownKey, RecentKeys } from './recent-keys.js';
import { namesKeyOf, type StreamReads } from './subject-streams.js';

export interface ToSeal {
  readonly stream: string;
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
  const missing: string[] = [];
  const isNamed = async (subject: string): Promise<boolean> => {
    for (const each of new Set([stream, subject])) if (!(isNew && each === stream) && (await namesKeyOf(subject, each, log))) return true;
    return false;
  };
  for (const [subject, known] of found) {
    if (known.kind !== 'none') continue;
    if (!(isNew && subject === stream) && (await isErased(subject, log))) {
      found.set(subject, { kind: 'erased' });
      continue;
    }
    if (known.unreadable) throw new KeyLost(subject, known.unreadable);
    if (!(await isNamed(subject))) {
      missing.push(subject);
      continue;
    }
    // Another may have made it since the store was asked: a key is in the store before the log names it.
    const now = (await keys.ask([subject])).get(subject)!;
    if (now.kind === 'none') throw new KeyLost(subject, now.unreadable);
    found.set(subject, now);
  }
  if (missing.length > 0) for (const [subject, key] of await keys.make(missing)) found.set(subject, key);
  return found;
}
