import { hmac } from './hmac.js';
import { KeyLost } from './key-lost.js';
import { keysToSeal } from './keys-to-seal.js';
import type { RecentKey, RecentKeys } from './recent-keys.js';
import { FORMER_FINGERPRINT, type StreamReads, SUBJECT_FINGERPRINT } from './subject-streams.js';

/**
 * Fingerprints of commands under the keys of the subjects that they are about: `c1:<id of the key>:<hex>`, HMAC-SHA256 under a key derived
 * from it. In a log that was encrypted `c2:<id of the key>:<former kind>:<hex>`, the same of the fingerprint that stood there before.
 */
export interface SubjectFingerprints {
  /** Undefined where the stream has no subject. @throws KeyLost, EventLogUnavailable */
  make(stream: string, canonical: string, to: { readonly isNew: boolean }): Promise<string | undefined>;
  /**
   * Where the key was erased the id of the command alone decides.
   * @param canonical the command; for a fingerprint of a former one, that of the command by the rule of `formerKindOf`
   * @throws KeyLost, EventLogUnavailable
   */
  isSame(stored: string, stream: string, canonical: string): Promise<boolean>;
}

export interface SubjectFingerprintsOptions {
  readonly keys: RecentKeys;
  readonly subjectOf: (stream: string) => string | undefined;
  readonly isErased: (subject: string, log: StreamReads) => Promise<boolean>;
  readonly log: StreamReads;
}

/** Of a command on an erased subject: nothing can be found out from it. */
export const ERASED_FINGERPRINT = `${SUBJECT_FINGERPRINT}erased`;

/** What a plain SHA-256 is called within a fingerprint that was made of it; others name kind and secret themselves, as `h1:1f0c2a9b` does. */
const PLAIN = 'sha256';

/** In place of a fingerprint that was not made under the key of the subject. */
export function ofFormerFingerprint(key: RecentKey, former: string): string {
  const kind = former.includes(':') ? former.slice(0, former.lastIndexOf(':')) : PLAIN;
  return `${FORMER_FINGERPRINT}${key.id}:${kind}:${hmac(key.derived('former-fingerprint'), former, 'hex')}`;
}

/** Of a fingerprint that was made of a former one: the kind of that one; undefined where it was a plain SHA-256. */
export function formerKindOf(fingerprint: string): string | undefined {
  const kind = fingerprint.split(':').slice(2, -1).join(':');
  return kind === PLAIN ? undefined : kind;
}

export function createSubjectFingerprints({ keys, subjectOf, isErased, log }: SubjectFingerprintsOptions): SubjectFingerprints {
  const made = (key: RecentKey, canonical: string) =>
    `${SUBJECT_FINGERPRINT}${key.id}:${hmac(key.derived('fingerprint'), canonical, 'hex')}`;
  return {
    async make(stream, canonical, { isNew }) {
      const subject = subjectOf(stream);
      if (subject === undefined) return undefined;
      const known = keys.recent(subject) ?? (await keysToSeal(keys, [subject], { stream, isNew, log, isErased })).get(subject)!;
      return known.kind === 'key' ? made(known.key, canonical) : ERASED_FINGERPRINT;
    },
    async isSame(fingerprint, stream, canonical) {
      if (fingerprint === ERASED_FINGERPRINT) return true;
      const subject = subjectOf(stream)!;
      const known = keys.recent(subject) ?? (await keys.ask([subject])).get(subject)!;
      if (known.kind === 'erased' || (known.kind === 'none' && (await isErased(subject, log)))) return true;
      if (known.kind !== 'key' || fingerprint.split(':')[1] !== known.key.id) throw new KeyLost(subject);
      const make = fingerprint.startsWith(FORMER_FINGERPRINT) ? ofFormerFingerprint : made;
      return fingerprint === make(known.key, canonical);
    },
  };
}
