import { createHmac, hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { EventLog } from '#event-log';
import { FORMER_FINGERPRINT, formerKindOf, isUnderSubjectKey, type SubjectFingerprints } from '#privacy';
import { hmac } from '#privacy/sealing/hmac.js';
import type { ApiKeyStore, Secret } from '../identity/key-store.js';
import { isKeyStoreMissing, withKeyStore } from '../identity/with-key-store.js';

/** What a runner is given to know a command again by. */
export interface Fingerprint {
  /** Called once something is to be appended. @throws KeyStoreUnavailable, EventLogUnavailable, KeyLost */
  commandHash(to: { readonly isNew: boolean }): Promise<string>;
  /** @throws FingerprintKeyMissing, KeyStoreUnavailable, EventLogUnavailable, KeyLost */
  isSameCommand(storedHash: string): Promise<boolean>;
}

/** Takes the fingerprints of commands that may be repeated. */
export interface Fingerprints {
  /** @param canonical the command as it was sent, as canonical JSON */
  of(stream: string, canonical: string): Fingerprint;
  /** Kind and id of the secret that they are made under, as in `h1:1f0c2a9b`. @throws KeyStoreUnavailable */
  key(): Promise<string>;
}

/** A stored fingerprint was made under a secret that is not here, so nobody can say whether the command is the same. */
export class FingerprintKeyMissing extends Error {
  override readonly name = 'FingerprintKeyMissing';
  /** @param key kind of the fingerprint and id of the secret, as in `h1:1f0c2a9b` */
  constructor(readonly key: string) {
    super(`The command was executed before; its fingerprint was computed under ${key}, whose secret is not in the key store.`);
  }
}

/** Streams whose derived key is remembered: as many as the runner keeps. */
const KEYS = 20_000;

/**
 * A plain hash of a body could be found by trying what may stand in it. So a fingerprint is `h1:<id of the secret>:<hex>`: HMAC-SHA256
 * under a key that HKDF (RFC 5869, SHA-256, no salt) derives from the secret and the name of the stream. Logs of before hold plain hashes.
 * @param load is called when the first fingerprint is taken, and again where that failed
 * @param subjects for the streams of customers and curators, under whose own keys theirs are made
 */
export const createFingerprints = (load: () => Promise<Secret>, subjects?: SubjectFingerprints): Fingerprints => {
  const keys = new LRUCache<string, string>({ max: KEYS });
  let loading: Promise<{ readonly key: string; readonly root: string }> | undefined;
  const loaded = () => {
    loading ??= load().then(
      ({ id, bytes }) => ({ key: `h1:${id}`, root: createHmac('sha256', NO_SALT).update(bytes).digest('binary') }),
      (error) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };
  const derived = (root: string, stream: string): string => {
    const known = keys.get(stream);
    if (known !== undefined) return known;
    // The one block of HKDF-Expand that 32 bytes take.
    const made = hmac(root, `${stream}\u0001`, 'binary');
    keys.set(stream, made);
    return made;
  };

  const underSecret = async (stream: string, canonical: string) => {
    const { key, root } = await loaded();
    return { key, commandHash: `${key}:${hmac(derived(root, stream), canonical, 'hex')}` };
  };

  /** By the rule of this kind; a plain hash where there is none. */
  const ofKind = async (kind: string | undefined, stream: string, canonical: string): Promise<string> => {
    if (kind === undefined) return hash('sha256', canonical, 'hex');
    const { key, commandHash } = await underSecret(stream, canonical);
    if (kind !== key) throw new FingerprintKeyMissing(kind);
    return commandHash;
  };

  return {
    key: async () => (await loaded()).key,
    of: (stream, canonical) => ({
      async commandHash(to) {
        const own = await subjects?.make(stream, canonical, to);
        return own ?? (await underSecret(stream, canonical)).commandHash;
      },
      async isSameCommand(stored) {
        if (!subjects || !isUnderSubjectKey(stored))
          return stored === (await ofKind(isPlainHash(stored) ? undefined : keyOf(stored), stream, canonical));
        const isOfFormer = stored.startsWith(FORMER_FINGERPRINT);
        return subjects.isSame(stored, stream, isOfFormer ? await ofKind(formerKindOf(stored), stream, canonical) : canonical);
      },
    }),
  };
};

const NO_SALT = Buffer.alloc(32);

const isPlainHash = (stored: string): boolean => /^[0-9a-f]{64}$/.test(stored);

/** `h1:1f0c2a9b` of `h1:1f0c2a9b:<hex>`. */
const keyOf = (stored: string): string => stored.slice(0, Math.max(0, stored.lastIndexOf(':')));

/** So many of the last events are looked at: the log of a chronicle whose key store was lost ends with some that name it. */
const LAST_EVENTS = 200;

/** The keys of fingerprints near the end of the log that are not in the key store. @throws KeyStoreUnavailable, EventLogUnavailable */
export const missingKeysOf = async (log: Pick<EventLog, 'readRaw'>, fingerprints: Fingerprints): Promise<readonly string[]> => {
  const key = await fingerprints.key();
  const missing = new Set<string>();
  for await (const batch of log.readRaw({ last: LAST_EVENTS })) {
    for (const { text } of batch) {
      const stored = /"commandHash":"(?:c2:[^":]+:)?(h\d+:[^"]+)"/.exec(text)?.[1];
      if (stored !== undefined && keyOf(stored) !== key) missing.add(keyOf(stored));
    }
  }
  return [...missing];
};

/** What the secret is kept under; never changed. */
const NAME = 'command-fingerprints';

const newSecret = (): Secret => ({ id: randomBytes(4).toString('hex'), bytes: randomBytes(32) });

/** The secret that is kept there, made where there is none. @throws KeyStoreUnavailable */
export const fingerprintSecretIn = async (keys: Pick<ApiKeyStore, 'findSecret' | 'putSecret'>): Promise<Secret> =>
  (await keys.findSecret(NAME)) ?? (await keys.putSecret(NAME, newSecret()));

/** False where this process could not make one either. @throws KeyStoreUnavailable */
export const hasFingerprintSecret = async (keys: Pick<ApiKeyStore, 'findSecret'>): Promise<boolean> =>
  (await keys.findSecret(NAME)) !== undefined;

/** Under the one secret of all processes that decide on a chronicle, which the first of them makes. */
export const openFingerprints = (keyStoreUrl: string, subjects?: SubjectFingerprints): Fingerprints =>
  createFingerprints(() => withKeyStore(keyStoreUrl, fingerprintSecretIn), subjects);

/** For whoever leaves no trace: under that secret where there is one, otherwise under one for this time only. */
export const openFingerprintsToRead = (keyStoreUrl: string, subjects?: SubjectFingerprints): Fingerprints =>
  createFingerprints(async () => {
    if (isKeyStoreMissing(keyStoreUrl)) return newSecret();
    return withKeyStore(keyStoreUrl, async (keys) => (await keys.findSecret(NAME)) ?? newSecret());
  }, subjects);
