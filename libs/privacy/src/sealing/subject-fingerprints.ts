import { hmac } from './hmac.js';
import { KeyLost } from './key-lost.js';
import { keysToSeal } from './keys-to-seal.js';
import type { RecentKey, RecentKeys } from './recent-keys.js';
import { type StreamReads, SUBJECT_FINGERPRINT } from './subject-streams.js';

/** Fingerprints of commands under the keys of the subjects that they are about: `c1:<id of the key>:<hex>`, HMAC-SHA256 under a key derived from it. */
export interface SubjectFingerprints {
  /** Undefined where the stream has no subject. @throws KeyLost, EventLogUnavailable */
  make(stream: string, canonical: string, to: { readonly isNew: boolean }): Promise<string | undefined>;
  /** Where the key was erased the id of the command alone decides. @throws KeyLost, EventLogUnavailable */
  isSame(stored: string, stream: string, canonical: string): Promise<boolean>;
}

export interface SubjectFingerprintsOptions {
  readonly keys: RecentKeys;
  readonly subjectOf: (stream: string) => string | undefined;
  readonly isErased: (subject: string, log: StreamReads) => Promise<boolean>;
  readonly log: StreamReads;
}

/** Of a command on an erased subject: nothing can be found out from it. */
const ERASED = `${SUBJECT_FINGERPRINT}erased`;

export function createSubjectFingerprints({ keys, subjectOf, isErased, log }: SubjectFingerprintsOptions): SubjectFingerprints {
  const made = (key: RecentKey, canonical: string) =>
    `${SUBJECT_FINGERPRINT}${key.id}:${hmac(key.derived('fingerprint'), canonical, 'hex')}`;
  return {
    async make(stream, canonical, { isNew }) {
      const subject = subjectOf(stream);
      if (subject === undefined) return undefined;
      const known = keys.recent(subject) ?? (await keysToSeal(keys, [subject], { stream, isNew, log, isErased })).get(subject)!;
      return known.kind === 'key' ? made(known.key, canonical) : ERASED;
    },
    async isSame(fingerprint, stream, canonical) {
      if (fingerprint === ERASED) return true;
      const subject = subjectOf(stream)!;
      const known = keys.recent(subject) ?? (await keys.ask([subject])).get(subject)!;
      if (known.kind === 'erased' || (known.kind === 'none' && (await isErased(subject, log)))) return true;
      if (known.kind !== 'key' || !fingerprint.startsWith(`${SUBJECT_FINGERPRINT}${known.key.id}:`)) throw new KeyLost(subject);
      return fingerprint === made(known.key, canonical);
    },
  };
}
