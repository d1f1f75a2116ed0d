import { randomBytes } from 'node:crypto';
import {
  type Derivation,
  type EventLog,
  INSTALLATION_STREAM,
  installationNamed,
  installationOf,
  LOG_STREAM,
  type RawEvent,
} from '#event-log';
import { hmac } from '#privacy/sealing/hmac.js';
import { type ApiKeyStore, KeyStoreUnavailable, type Secret } from '../identity/key-store.js';
import { isKeyStoreMissing, withKeyStore } from '../identity/with-key-store.js';
import { appendOnce } from '../privacy/append-once.js';
import { createNamedIds, mustBeUnicode, toUuid } from './named-id.js';

/** Makes the same id from the same texts for ever, in one chronicle. */
export interface DerivedIds {
  /**
   * `hmac`: under a secret of the installation, so that only it can say which id belongs to a foreign key; UUIDs of version 8. `plain`: as in
   * chronicles of before there was one; whoever guesses the key computes the id. UUIDs of version 5.
   */
  readonly kind: 'hmac' | 'plain';
  /**
   * @param name as `foreignKeyName` gives it
   * @throws URIError where it is not well-formed Unicode
   */
  ofForeignKey(name: string): string;
  /** Of what makes a command the same command. @throws URIError */
  ofCommand(name: string): string;
}

/** @throws KeyStoreUnavailable */
export type DerivedIdsSource = () => Promise<DerivedIds>;

const NUL = '\u0000';

/**
 * Of what another system calls by these texts, of which the first, the system, is never empty. No two lists are joined to one text: one with a
 * NUL in a text is written as JSON after a NUL, with which no other begins.
 */
export const foreignKeyName = (parts: readonly string[]): string =>
  parts.some((part) => part.includes(NUL)) ? NUL + JSON.stringify(parts) : parts.join(NUL);

/** The namespaces never change: that would orphan all imported history, and execute commands again. */
const ofForeignKey = createNamedIds('b0a7c1de-2f0b-5d61-9c43-5f2f3a1c7e10');
const ofCommand = createNamedIds('5f0c3a52-7d8e-4f0b-9a43-0a2a6b6f2d11');

export const plainIds: DerivedIds = { kind: 'plain', ofForeignKey, ofCommand };

/** @param secret 32 bytes */
export const idsUnder = (secret: Buffer): DerivedIds => {
  const key = secret.toString('binary');
  const idOf = (purpose: string, name: string) => {
    mustBeUnicode(name);
    return toUuid(hmac(key, `${purpose}${NUL}${name}`, 'hex'), 8);
  };
  return { kind: 'hmac', ofForeignKey: (name) => idOf('foreign-key', name), ofCommand: (name) => idOf('command', name) };
};

/** What kind and secret are kept under; never changed. */
const NAME = 'derived-ids';
/** The same of one that took the place of a lost one. */
const nameOf = ({ secret }: Derivation) => `${NAME}:${secret}`;
const PLAIN: Secret = { id: 'plain', bytes: Buffer.alloc(0) };
const newSecret = (): Secret => ({ id: randomBytes(4).toString('hex'), bytes: randomBytes(32) });
const idsOf = ({ id, bytes }: Secret): DerivedIds => (id === PLAIN.id ? plainIds : idsUnder(bytes));

/** As the log names it. */
export const derivationOf = ({ id, bytes }: Secret): Derivation =>
  id === PLAIN.id ? { kind: 'plain' } : { kind: 'hmac', secret: hmac(bytes.toString('binary'), 'letopis derived ids', 'hex') };

/** So many of the first and of the last events are looked at, where the key store does not say how ids are derived. */
const LOOKED_AT = 200;
/** No client gives a command its id. */
const UNDER_A_SECRET = /"commandId":"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"/;

/** What a log says of how its ids were derived; `nothing` where it has no events yet, but those of the log about itself. */
export type DerivedBefore = 'nothing' | 'unknown' | 'under-a-secret';

/** @throws EventLogUnavailable */
export const derivedBefore = async (log: Pick<EventLog, 'readRaw'>): Promise<DerivedBefore> => {
  let found: DerivedBefore = 'nothing';
  const look = ({ stream, text }: RawEvent) => {
    if (UNDER_A_SECRET.test(text)) found = 'under-a-secret';
    else if (stream !== LOG_STREAM && stream !== INSTALLATION_STREAM && found === 'nothing') found = 'unknown';
  };
  let left = LOOKED_AT;
  for await (const batch of log.readRaw({ limit: LOOKED_AT })) {
    for (const event of batch) look(event);
    left -= batch.length;
  }
  if (left === 0) for await (const batch of log.readRaw({ last: LOOKED_AT })) for (const event of batch) look(event);
  return found;
};

/** Nothing that was imported or may be repeated would be known again, so nothing is derived. */
export class DerivedIdsSecretLost extends KeyStoreUnavailable {
  override readonly name: string = 'DerivedIdsSecretLost';
  constructor(
    message = 'The event log has ids that were derived under a secret that is not in the key store; restore the key store of this log from ' +
      'its backup, or set KEY_STORE_URL to it, or, if it is lost, run `letopis keys new-derivation --reason …`',
  ) {
    super(message);
  }
}

type Secrets = Pick<ApiKeyStore, 'findSecret' | 'putSecret'>;
type NamingLog = Pick<EventLog, 'readStream' | 'readRaw'>;

interface Chosen {
  readonly derivation: Derivation;
  readonly ids: DerivedIds;
}
const chosen = (secret: Secret): Chosen => ({ derivation: derivationOf(secret), ids: idsOf(secret) });

/**
 * As the log names it. A log that does not yet: as the key store has it, else under a new secret where the log is empty, else as before there was one.
 * @throws KeyStoreUnavailable, as DerivedIdsSecretLost where its secret is not there
 */
async function chosenIn(keys: Secrets, named: Derivation | undefined, before: () => Promise<DerivedBefore>): Promise<Chosen> {
  if (named?.kind === 'plain') return chosen(PLAIN);
  if (named !== undefined) {
    for (const name of [nameOf(named), NAME]) {
      const kept = await keys.findSecret(name);
      if (kept !== undefined && derivationOf(kept).secret === named.secret) return chosen(kept);
    }
    throw new DerivedIdsSecretLost();
  }
  const kept = await keys.findSecret(NAME);
  if (kept !== undefined) return chosen(kept);
  const looks = await before();
  if (looks === 'under-a-secret') throw new DerivedIdsSecretLost();
  return chosen(await keys.putSecret(NAME, looks === 'nothing' ? newSecret() : PLAIN));
}

/**
 * For a chronicle whose ids are to be the same wherever it is made again, such as that of the demo: before its first event.
 * @throws KeyStoreUnavailable
 */
export const chooseDerivedIds = (keyStoreUrl: string, choice: Secret | 'plain'): Promise<void> =>
  withKeyStore(keyStoreUrl, async (keys) => void (await keys.putSecret(NAME, choice === 'plain' ? PLAIN : choice)));

/** Before there is a log, or beside it. @throws KeyStoreUnavailable, EventLogUnavailable */
export const derivedIdsIn = async (keys: Secrets, log: NamingLog | undefined): Promise<DerivedIds> => {
  const { derivedIds: named } = log ? await installationOf(log) : {};
  return (await chosenIn(keys, named, async () => (log ? derivedBefore(log) : 'nothing'))).ids;
};

/**
 * Of a log that was just opened, before anything is appended to it. The choice is made at once; where the key store is away, when ids are
 * first derived.
 * @param onChosen is told what the log is to name
 * @throws EventLogUnavailable, DerivedIdsSecretLost
 */
export const openDerivedIds = async (
  keyStoreUrl: string,
  log: NamingLog,
  onChosen: (these: { readonly derivedIds: Derivation }) => void = () => undefined,
): Promise<DerivedIdsSource> => {
  const { derivedIds: named } = await installationOf(log);
  let looks: Promise<DerivedBefore> | undefined;
  const before = () => {
    looks ??= derivedBefore(log);
    return looks;
  };
  const source = once(async () => {
    const { derivation, ids } = await withKeyStore(keyStoreUrl, (keys) => chosenIn(keys, named, before));
    if (named === undefined) onChosen({ derivedIds: derivation });
    return ids;
  });
  await source().catch(async (error) => {
    if (!(error instanceof KeyStoreUnavailable) || error instanceof DerivedIdsSecretLost) throw error;
    if (named === undefined) await before();
  });
  return source;
};

/** For whoever leaves no trace: where nothing was chosen, under a secret for this time only. @throws EventLogUnavailable */
export const openDerivedIdsToRead = async (keyStoreUrl: string, log: NamingLog | undefined): Promise<DerivedIdsSource> => {
  const choosing: Secrets = { findSecret: async () => undefined, putSecret: async (_, secret) => secret };
  return once(async () => {
    if (isKeyStoreMissing(keyStoreUrl)) return derivedIdsIn(choosing, log);
    return withKeyStore(keyStoreUrl, (keys) => derivedIdsIn({ ...choosing, findSecret: (name) => keys.findSecret(name) }, log));
  });
};

/** What was imported would not be known again, for no reason. */
export class DerivedIdsNotLost extends Error {
  override readonly name = 'DerivedIdsNotLost';
}

/**
 * In place of a secret that is lost: from now on other ids are derived.
 * @throws DerivedIdsNotLost, KeyStoreUnavailable, EventLogUnavailable
 */
export const newDerivation = async (keyStoreUrl: string, log: EventLog, reason: string): Promise<void> => {
  await mustBeLost(keyStoreUrl, log);
  const secret = newSecret();
  const derivedIds = derivationOf(secret);
  // Durable before the log names it.
  await withKeyStore(keyStoreUrl, (keys) => keys.putSecret(nameOf(derivedIds), secret));
  while (
    !(await appendOnce(log, INSTALLATION_STREAM, { definition: installationNamed, data: { derivedIds, reason }, by: 'installation' }))
  );
};

async function mustBeLost(keyStoreUrl: string, log: NamingLog): Promise<void> {
  let kind: DerivedIds['kind'];
  try {
    kind = (await (await openDerivedIdsToRead(keyStoreUrl, log))()).kind;
  } catch (error) {
    if (error instanceof DerivedIdsSecretLost) return;
    throw error;
  }
  throw new DerivedIdsNotLost(
    kind === 'hmac'
      ? 'the key store has the secret that the ids of this log are derived under: nothing is to be replaced; leave it as it is'
      : 'the ids of this log are derived without a secret, so none can be lost: nothing is to be replaced; leave it as it is',
  );
}

/** Tried again where it failed. */
const once = (load: DerivedIdsSource): DerivedIdsSource => {
  let loading: Promise<DerivedIds> | undefined;
  return () => {
    loading ??= load().catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
};
