import { type ProblemDetails, problemType } from '#platform';
import type { SubjectKeyStore } from '#privacy';
import { customerIdOf } from '#relationship';
import { subjectOf } from '#relationship/subjects.js';

/** Whose keys are lost, as far as this process knows: it was asked for them, or a view is parked for them. */
export interface LostKeys {
  /** What a request or a command was answered. */
  met(problem: ProblemDetails): void;
  /** How many, with these, for which a view is parked. @throws SubjectKeysUnavailable */
  count(parked: Iterable<string>): Promise<number>;
}

/** Of one store that lost all there would be no end. */
const MOST = 10_000;
const KEY_LOST = problemType('key-lost');

/** @param followed streams of curators that are known without their personal fields */
export function createLostKeys(keys: Pick<SubjectKeyStore, 'find'>, followed: () => readonly string[]): LostKeys {
  const lost = new Set<string>();
  return {
    met({ type, subject, stream }) {
      const whose = subject ?? stream;
      if (type === KEY_LOST && typeof whose === 'string' && subjectOf(whose) !== undefined && lost.size < MOST) lost.add(whose);
    },
    async count(parked) {
      for (const stream of followed()) lost.add(stream);
      // The store may have been restored since.
      for (const [subject, { kind }] of await keys.find([...lost])) if (kind === 'key' || kind === 'erased') lost.delete(subject);
      return new Set([...[...lost].map((subject) => customerIdOf(subject) ?? subject), ...parked]).size;
    },
  };
}
