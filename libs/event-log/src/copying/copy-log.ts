import { LRUCache } from 'lru-cache';
import type { EventLogAdapter } from '../adapter.js';
import { NO_PREVIOUS_HASH } from '../content-hash.js';
import { type AppendResult, type Position, type RawEvent, WrongExpectedRevision } from '../event-log.js';
import type { SerializedAppend, SerializedEvent } from '../serialized-append.js';
import { faults, verifyEvent } from '../verifying/verify-event.js';
import { LOG_STREAM } from './log-closed.js';

export interface CopyProgress {
  readonly step: 'compared' | 'copied';
  /** Of the source, from its beginning on. */
  readonly events: number;
}

/** What both logs hold: the first events of the source, in its order. */
export interface CopiedUpTo {
  readonly events: number;
  /** Of the last one of them; undefined where there is none. */
  readonly source: Position | undefined;
  readonly target: Position | undefined;
}

/** The target holds something else than the first events of the source. */
export class NotACopy extends Error {
  override readonly name = 'NotACopy';
}

/** An event of the source does not verify. */
export class SourceDamaged extends Error {
  override readonly name = 'SourceDamaged';
}

export const NOTHING_COPIED: CopiedUpTo = { events: 0, source: undefined, target: undefined };

type Reads = Pick<EventLogAdapter, 'readRaw'>;

/**
 * Compares the events of the target with those of the source, from where both are known to be the same: place and hash of each, in the
 * order of the whole log.
 * @throws NotACopy
 */
export async function* compareLogs(
  source: Reads,
  target: Reads,
  from: CopiedUpTo,
): AsyncGenerator<CopyProgress & { readonly step: 'compared' }, CopiedUpTo> {
  const originals = events(source, from.source);
  let same = from;
  try {
    for await (const copies of target.readRaw(from.target === undefined ? {} : { after: from.target })) {
      for (const copy of copies) {
        const original = (await originals.next()).value;
        if (!original || original.stream !== copy.stream || original.revision !== copy.revision || original.hash !== copy.hash)
          throw new NotACopy(differs(copy, original, same.events));
        same = { events: same.events + 1, source: original.position, target: copy.position };
      }
      yield { step: 'compared', events: same.events };
    }
  } finally {
    await originals.return(undefined);
  }
  return same;
}

function differs(copy: RawEvent, original: RawEvent | undefined, before: number): string {
  const found = `the target holds revision ${copy.revision} of ${copy.stream} as its event ${before + 1}`;
  const expected = original ? `the source revision ${original.revision} of ${original.stream}` : 'the source has no such event';
  const other =
    original && original.stream === copy.stream && original.revision === copy.revision ? 'with another hash than the source' : expected;
  return `${found}, ${other}; copy to an empty log, or to one that holds the first events of this one`;
}

/** Of one append: an engine takes so much at once, and a reader of the target sees it come. */
const APPEND_EVENTS = 500;
const APPEND_CHARACTERS = 200_000;
/** Under way at once where one writer appends in the order of the calls. Elsewhere one waits for the other: order counts more than speed. */
const UNDER_WAY = 64;

/**
 * Appends what the target does not hold yet, as it is stored: ids, hashes and recorded times stay. The memory that it takes does not grow
 * with the log.
 * @throws SourceDamaged, and whatever the target throws; run again it continues
 */
export async function* copyEvents(
  source: Reads,
  target: Pick<EventLogAdapter, 'append' | 'guarantees'>,
  from: CopiedUpTo,
): AsyncGenerator<CopyProgress & { readonly step: 'copied' }> {
  const hashes = new LRUCache<string, string>({ max: 100_000 });
  const underWay: Promise<AppendResult>[] = [];
  const most = target.guarantees.oneWriter ? UNDER_WAY : 1;
  let copied = from.events;
  async function append(group: readonly RawEvent[]): Promise<void> {
    const [{ stream, revision }] = group as [RawEvent];
    const serialized = group.map(serializedAgain);
    const previousHash = revision === 0 ? NO_PREVIOUS_HASH : (hashes.get(stream) ?? (await hashBefore(source, group[0]!)));
    const copy: SerializedAppend = { stream, after: revision - 1, previousHash, events: serialized };
    hashes.set(stream, group.at(-1)!.hash);
    const appending = target.append(copy);
    appending.catch(() => undefined);
    underWay.push(appending);
    if (underWay.length >= most) await underWay.shift();
    copied += group.length;
  }
  try {
    let shown = copied;
    for await (const group of ofOneStream(events(source, from.source))) {
      await append(group);
      if (copied - shown < 1_000) continue;
      shown = copied;
      yield { step: 'copied', events: copied };
    }
    await Promise.all(underWay);
    yield { step: 'copied', events: copied };
  } catch (error) {
    await Promise.allSettled(underWay);
    if (error instanceof WrongExpectedRevision)
      throw new NotACopy(`somebody else appends to the target: ${error.message}; stop whoever writes it and run the same command again`);
    throw error;
  }
}

/** All but what says that the log is closed. */
async function* events(log: Reads, after: Position | undefined): AsyncGenerator<RawEvent, undefined> {
  for await (const batch of log.readRaw(after === undefined ? {} : { after })) {
    for (const raw of batch) if (raw.stream !== LOG_STREAM) yield raw;
  }
  return undefined;
}

/** Events of one stream that follow one another in the log go in one append. */
async function* ofOneStream(log: AsyncIterable<RawEvent>): AsyncGenerator<readonly RawEvent[]> {
  let group: RawEvent[] = [];
  let characters = 0;
  for await (const raw of log) {
    const full = group.length === APPEND_EVENTS || characters + raw.text.length > APPEND_CHARACTERS;
    if (group.length > 0 && (full || group[0]!.stream !== raw.stream)) {
      yield group;
      group = [];
      characters = 0;
    }
    group.push(raw);
    characters += raw.text.length;
  }
  if (group.length > 0) yield group;
}

function serializedAgain(raw: RawEvent): SerializedEvent {
  const { fault, body } = verifyEvent(raw);
  if (fault) {
    const what = fault.codes.map((code) => faults[code]).join('; ');
    throw new SourceDamaged(
      `revision ${raw.revision} of ${raw.stream} (position ${raw.position}) does not verify: ${what}; \`letopis verify\` lists all such events; restore them from a backup first`,
    );
  }
  const { commandId, commandHash } = body as { readonly commandId?: string; readonly commandHash?: string };
  return { type: raw.type, text: raw.text, hash: raw.hash, command: commandHash === undefined ? null : (commandId ?? null) };
}

async function hashBefore(log: Reads, { stream, revision }: RawEvent): Promise<string> {
  let before: RawEvent | undefined;
  for await (const batch of log.readRaw({ stream })) before = batch.find((raw) => raw.revision === revision - 1) ?? before;
  if (!before) throw new SourceDamaged(`revision ${revision - 1} of ${stream} is missing; restore it from a backup first`);
  return before.hash;
}
