import { type EventLog, type EventReads, installationOf, parsedEvent, type RawEvent } from '#event-log';
import { otherKeysThan, type SubjectKeyStore } from '#privacy';

type NamingLog = Pick<EventReads<unknown>, 'readStream'>;

/** Whether this is the store that the log belongs to, where it names one. @throws SubjectKeysMissing */
export async function assertOwnSubjectKeys(log: NamingLog, keys: Pick<SubjectKeyStore, 'id'>): Promise<void> {
  const { subjectKeys: named } = await installationOf(log);
  if (named === undefined) return;
  const present = await keys.id();
  if (present !== named) throw otherKeysThan(named, present);
}

/**
 * The same for whoever writes the log, before it writes anything. A store or a log of before there were ids is known by its keys: it has to have
 * those of the newest events.
 * @returns the id that the log is to name; undefined where it does
 * @throws SubjectKeysMissing, SubjectKeysUnavailable
 */
export async function beginSubjectKeys(log: NamingLog & Pick<EventLog, 'readRaw'>, keys: SubjectKeyStore): Promise<string | undefined> {
  const { subjectKeys: named } = await installationOf(log);
  const present = await keys.id();
  if (named !== undefined && present === named) return undefined;
  if (named !== undefined && present !== undefined) throw otherKeysThan(named, present);
  const has = await hasNewestKeys(log, keys);
  if (has === false || (named !== undefined && !has)) throw otherKeysThan(named, present);
  const id = await keys.ensureId(named);
  return named === undefined ? id : undefined;
}

/** So many of the last events are looked at, and all where these name no key that is there. */
const NEWEST = 200;

/** One will do, as the key of a single customer may be lost. @returns undefined where nothing is encrypted that nobody erased */
async function hasNewestKeys(log: Pick<EventLog, 'readRaw'>, keys: Pick<SubjectKeyStore, 'find'>): Promise<boolean | undefined> {
  const newest: RawEvent[] = [];
  for await (const batch of log.readRaw({ last: NEWEST })) newest.push(...batch);
  let has = await hasKeysOf(newest, keys);
  if (has || newest.length < NEWEST) return has;
  for await (const batch of log.readRaw()) {
    const hasThese = await hasKeysOf(batch, keys);
    if (hasThese) return true;
    has ??= hasThese;
  }
  return has;
}

async function hasKeysOf(events: readonly RawEvent[], keys: Pick<SubjectKeyStore, 'find'>): Promise<boolean | undefined> {
  const encryptedBy = new Map(events.flatMap(({ text }) => parsedEvent(text)?.sealed ?? []).map(({ subject, keyId }) => [subject, keyId]));
  if (encryptedBy.size === 0) return undefined;
  const found = await keys.find([...encryptedBy.keys()]);
  let has: false | undefined;
  for (const [subject, keyId] of encryptedBy) {
    const each = found.get(subject);
    if (each?.kind === 'unavailable') throw each.error;
    if (each?.kind === 'key' && each.key.id === keyId) return true;
    if (each?.kind !== 'erased') has = false;
  }
  return has;
}
