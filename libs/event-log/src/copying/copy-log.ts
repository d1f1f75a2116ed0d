import { LRUCache } from 'lru-cache';
import type { EventLogAdapter } from '../adapter.js';
import { NO_PREVIOUS_HASH } from '../content-hash.js';
import { type AppendResult, type Position, type RawEvent, type StoredEvent, WrongExpectedRevision } from '../event-log.js';
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

/** An event of the source and what the target has at its place. */
export interface CopiedEvent {
  readonly original: RawEvent;
  readonly copy: RawEvent;
}

/** How the events of the copy are made from those of the source. Stream, revision, id and type of each stay. */
export interface Copying {
  /** Called with the events of each page before any of them is made. */
  prepare?(originals: readonly RawEvent[]): Promise<void>;
  /**
   * Events of one stream that follow one another, chained on the hash of the event before them in the target.
   * @throws SourceDamaged
   */
  made(originals: readonly RawEvent[], previousHash: string): Promise<readonly SerializedEvent[]>;
  /** For each, in what it differs from what would be made; undefined where it does not. */
  differences(copied: readonly CopiedEvent[]): Promise<readonly (string | undefined)[]>;
}

/** Every event as it is stored: ids, hashes and recorded times stay. */
export const asStored: Copying = {
  made: async (originals) =>
    originals.map((raw) => {
      const { commandId, commandHash } = verified(raw);
      return { type: raw.type, text: raw.text, hash: raw.hash, command: commandHash === undefined ? null : commandId };
    }),
  differences: async (copied) =>
    copied.map(({ original, copy }) => (original.hash === copy.hash ? undefined : 'with another hash than the source')),
};

/**
 * Compares the events of the target with those of the source, from where both are known to be the same: place and content of each, in the
 * order of the whole log.
 * @throws NotACopy
 */
export async function* compareLogs(
  source: Reads,
  target: Reads,
  from: CopiedUpTo,
  copying: Copying = asStored,
): AsyncGenerator<CopyProgress & { readonly step: 'compared' }, CopiedUpTo> {
  const originals = events(source, from.source);
  let same = from;
  try {
    for await (const copies of target.readRaw(from.target === undefined ? {} : { after: from.target })) {
      const copied: CopiedEvent[] = [];
      let elsewhere: NotACopy | undefined;
      for (const copy of copies) {
        const original = (await originals.next()).value;
        if (original?.stream === copy.stream && original.revision === copy.revision) copied.push({ original, copy });
        else elsewhere = differs(copy, original ? `the source revision ${original.revision} of ${original.stream}` : NO_SUCH, same, copied);
        if (elsewhere) break;
      }
      const differences = await copying.differences(copied);
      const first = differences.findIndex((difference) => difference !== undefined);
      if (first >= 0) throw differs(copied[first]!.copy, differences[first]!, same, copied.slice(0, first));
      if (elsewhere) throw elsewhere;
      const last = copied.at(-1);
      if (last) same = { events: same.events + copied.length, source: last.original.position, target: last.copy.position };
      yield { step: 'compared', events: same.events };
    }
  } finally {
    await originals.return(undefined);
  }
  return same;
}

const NO_SUCH = 'the source has no such event';

function differs({ stream, revision }: RawEvent, how: string, { events }: CopiedUpTo, since: readonly CopiedEvent[]): NotACopy {
  return new NotACopy(
    `the target holds revision ${revision} of ${stream} as its event ${events + since.length + 1}, ${how}; copy to an empty log, or to one that holds the first events of this one`,
  );
}

/** Of one append: an engine takes so much at once, and a reader of the target sees it come. */
const APPEND_EVENTS = 500;
const APPEND_CHARACTERS = 200_000;
/** Under way at once where one writer appends in the order of the calls. Elsewhere one waits for the other: order counts more than speed. */
const UNDER_WAY = 64;

/**
 * Appends what the target does not hold yet. The memory that it takes does not grow with the log.
 * @throws SourceDamaged, and whatever the target throws; run again it continues
 */
export async function* copyEvents(
  source: Reads,
  target: Pick<EventLogAdapter, 'append' | 'guarantees' | 'readStream'>,
  from: CopiedUpTo,
  copying: Copying = asStored,
): AsyncGenerator<CopyProgress & { readonly step: 'copied' }> {
  /** Of the last event of a stream in the target. */
  const hashes = new LRUCache<string, string>({ max: 100_000 });
  const underWay: Promise<AppendResult>[] = [];
  const most = target.guarantees.oneWriter ? UNDER_WAY : 1;
  let copied = from.events;
  async function append(group: readonly RawEvent[]): Promise<void> {
    const [{ stream, revision }] = group as [RawEvent];
    const previousHash = revision === 0 ? NO_PREVIOUS_HASH : (hashes.get(stream) ?? (await hashBefore(target, group[0]!)));
    const made = await copying.made(group, previousHash);
    const copy: SerializedAppend = { stream, after: revision - 1, previousHash, events: made };
    hashes.set(stream, made.at(-1)!.hash);
    const appending = target.append(copy);
    appending.catch(() => undefined);
    underWay.push(appending);
    if (underWay.length >= most) await underWay.shift();
    copied += group.length;
  }
  try {
    let shown = copied;
    for await (const page of source.readRaw(from.source === undefined ? {} : { after: from.source })) {
      const originals = page.filter(isCopied);
      await copying.prepare?.(originals);
      for (const group of ofOneStream(originals)) await append(group);
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
const isCopied = ({ stream }: RawEvent): boolean => stream !== LOG_STREAM;

async function* events(log: Reads, after: Position | undefined): AsyncGenerator<RawEvent, undefined> {
  for await (const batch of log.readRaw(after === undefined ? {} : { after })) yield* batch.filter(isCopied);
  return undefined;
}

/** Events of one stream that follow one another in the log go in one append. */
function* ofOneStream(page: readonly RawEvent[]): Generator<readonly RawEvent[]> {
  let group: RawEvent[] = [];
  let characters = 0;
  for (const raw of page) {
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

/** The event, which has the hash that is stored with it. @throws SourceDamaged */
export function verified(raw: RawEvent): StoredEvent {
  const { fault, body } = verifyEvent(raw);
  if (!fault) return body as StoredEvent;
  const what = fault.codes.map((code) => faults[code]).join('; ');
  throw new SourceDamaged(
    `revision ${raw.revision} of ${raw.stream} (position ${raw.position}) does not verify: ${what}; \`letopis verify\` lists all such events; restore them from a backup first`,
  );
}

async function hashBefore(target: Pick<EventLogAdapter, 'readStream'>, { stream, revision }: RawEvent): Promise<string> {
  const before = revision - 1;
  for await (const [event] of target.readStream(stream, { from: before, to: before })) if (event) return event.hash;
  throw new SourceDamaged(`revision ${before} of ${stream} is missing; restore it from a backup first`);
}
