import { type DomainEvent, type EventLog, INSTALLATION_STREAM, installationOf, keptOutsideBegun } from '#event-log';
import {
  createKeptOutside,
  type KeptErasure,
  type KeptOutside,
  KeptOutsideUnavailable,
  openKeptOutside,
  otherStoreThan,
  type SubjectKeyStore,
  storeWithout,
} from '#privacy';
import { customerErased, type EventOf, relationshipPrefix } from '#relationship';
import { certifiedOutside } from '../processes/erasure-steps.js';
import { appendOnce } from './append-once.js';
import { assertOwnSubjectKeys } from './own-subject-keys.js';

const ACTOR = 'kept-outside';

interface Parts {
  readonly log: EventLog;
  readonly keys: SubjectKeyStore;
  readonly url: string;
}

/**
 * For whoever writes the log, before it decides anything: what was erased according to the store outside is erased in this log too. Makes the
 * store where neither log nor key store belongs to one.
 * @throws KeptOutsideMissing, KeptOutsideUnavailable
 */
export async function beginKeptOutside({ log, keys, url }: Parts): Promise<KeptOutside> {
  // The names first: another process that makes the store meanwhile names it afterwards.
  const { keptOutside: expected } = await installationOf(log);
  const former = await keys.keptOutside();
  let store = await openKeptOutside(url);
  try {
    if (expected !== undefined && store?.id !== expected) throw otherStoreThan(expected, 'log', store?.id);
    if (former !== undefined && store?.id !== former) throw otherStoreThan(former, 'key store', store?.id);
    // The log first: what another process certifies meanwhile is in the store before.
    const certified = await certifiedOutside(log);
    const others = await erasuresBut(certified, store);
    store ??= await createKeptOutside(url);
    await belongTo(store, { log, keys });
    // A certificate comes after the event, so of those that have one nothing has to be read.
    for (const erasure of others) await appendErasure(log, erasure);
    return store;
  } catch (error) {
    await store?.close();
    throw error;
  }
}

/**
 * In place of a store that is lost: the erasures of the log are recorded again, and log and key store belong to it from now on.
 * @returns how many erasures it holds
 */
export async function initKeptOutside(
  { log, keys, url }: Parts,
  reason: string,
): Promise<{ readonly id: string; readonly erasures: number }> {
  await assertOwnSubjectKeys(log, keys);
  const store = await createKeptOutside(url);
  try {
    for await (const batch of log.readAll({ types: [customerErased.type], streamPrefix: relationshipPrefix }))
      await store.record(batch.map(({ stream, occurredAt }) => ({ subject: stream, erasedAt: occurredAt })));
    while (!(await appendOnce(log, INSTALLATION_STREAM, { definition: keptOutsideBegun, data: { id: store.id, reason }, by: ACTOR })));
    await keys.nameKeptOutside(store.id, await keys.keptOutside());
    let erasures = 0;
    for await (const some of store.erasures()) erasures += some.length;
    return { id: store.id, erasures };
  } finally {
    await store.close();
  }
}

/** What the store holds besides what is certified. @throws KeptOutsideMissing where it lacks some of that */
async function erasuresBut(certified: ReadonlySet<string>, store: KeptOutside | undefined): Promise<readonly KeptErasure[]> {
  const lacking = new Set(certified);
  const others: KeptErasure[] = [];
  if (store)
    for await (const erasures of store.erasures())
      for (const erasure of erasures) if (!lacking.delete(erasure.subject)) others.push(erasure);
  if (lacking.size > 0) throw storeWithout(lacking);
  return others;
}

async function belongTo({ id, erasures }: KeptOutside, { log, keys }: Pick<Parts, 'log' | 'keys'>): Promise<void> {
  // Without any erasure there is nothing to lose; the log names the store from the next start on.
  const { done: empty } = await erasures()[Symbol.asyncIterator]().next();
  if (!empty)
    for (;;) {
      const { keptOutside: named } = await installationOf(log);
      if (named === id) break;
      // Of several processes, each with a store of its own, the first one counts.
      if (named !== undefined) throw otherStoreThan(named, 'log', id);
      await appendOnce(log, INSTALLATION_STREAM, { definition: keptOutsideBegun, data: { id }, by: ACTOR });
    }
  const known = await keys.nameKeptOutside(id, undefined);
  if (known !== id) throw otherStoreThan(known, 'key store', id);
}

/** What was erased and is not in this log, as the log was restored from a backup: it is erased in it too. */
async function appendErasure(log: EventLog, { subject, erasedAt }: KeptErasure): Promise<void> {
  for (;;) {
    let newest: DomainEvent | undefined;
    for await (const batch of log.readStream(subject, { direction: 'backwards' })) {
      newest ??= batch[0];
      if (batch.some(({ type }) => type === customerErased.type)) return;
    }
    // A subject that this log never had cannot come back.
    if (newest === undefined) return;
    const data: EventOf<typeof customerErased>['data'] = { code: 'unstated' };
    if (await appendOnce(log, subject, { definition: customerErased, data, by: ACTOR, occurredAt: erasedAt })) return;
  }
}

/** For whoever answers, once the log has begun: who was erased is so whatever the log or the views say. @throws KeptOutsideUnavailable */
export async function readKeptOutside(
  url: string,
): Promise<{ readonly store: KeptOutside; readonly erasures: ReadonlyMap<string, string> }> {
  const store = await openKeptOutside(url);
  if (store === undefined) throw new KeptOutsideUnavailable('the store of erasures was removed');
  const erasures = new Map<string, string>();
  for await (const some of store.erasures()) for (const { subject, erasedAt } of some) erasures.set(subject, erasedAt);
  return { store, erasures };
}
