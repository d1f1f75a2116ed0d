import { randomUUID } from 'node:crypto';
import { openEventFile } from './event-file.js';
import { type Proposed, type Recorded, record, recordedIn, TOMBSTONE } from './recorded.js';

export type Expected = 'none' | 'any' | 'exists' | number;

export type Appended =
  | { readonly kind: 'appended'; readonly revision: number; readonly position: number }
  /** `current` is -1 where there is no stream. */
  | { readonly kind: 'wrong-expected-version'; readonly current: number }
  | { readonly kind: 'stream-deleted' }
  /** The same events are being written for another call: that one is answered, this one never learns of it. */
  | { readonly kind: 'commit-timeout' };

/** What a stream read finds. `first` is past `last` where `$tb` hides every event. */
export type StreamContent =
  | { readonly kind: 'missing' }
  | { readonly kind: 'tombstoned'; readonly tombstone: Recorded }
  | { readonly kind: 'readable'; readonly first: number; readonly last: number };

interface StreamState {
  /** Index in the log by revision. */
  readonly indexes: number[];
  tombstone?: number;
  truncateBefore: number;
  maxCount: number;
}

export type EventStore = Awaited<ReturnType<typeof openEventStore>>;

/** A real server recognises repeats that expect `any` by a cache of ids, which a restart empties. */
const RECENT_IDS = 100_000;
const SOFT_DELETED = '9223372036854775807';
const metadataStream = (stream: string) => `$$${stream}`;

export async function openEventStore(file: string, synced = true) {
  const events: Recorded[] = [];
  const states = new Map<string, StreamState>();
  const recentIds = new Map<string, { readonly stream: string; readonly revision: number }>();
  const listeners = new Set<() => void>();
  const eventFile = await openEventFile(file, synced);
  for (const entry of eventFile.found) {
    const { recorded, data } = recordedIn(entry);
    add(recorded, data);
  }
  let durable = events.length;

  function stateOf(stream: string): StreamState {
    const known = states.get(stream);
    if (known) return known;
    const state = { indexes: [], truncateBefore: 0, maxCount: Number.POSITIVE_INFINITY };
    states.set(stream, state);
    return state;
  }

  function add(recorded: Recorded, data: Uint8Array): void {
    const state = stateOf(recorded.stream);
    if (recorded.revision === TOMBSTONE) state.tombstone = events.length;
    else state.indexes.push(events.length);
    events.push(recorded);
    if (recorded.type === '$metadata' && recorded.stream.startsWith('$$')) applyMetadata(recorded.stream.slice(2), data);
  }

  function applyMetadata(stream: string, data: Uint8Array): void {
    const metadata = parsed(data);
    const state = stateOf(stream);
    state.truncateBefore = metadata.$tb ?? 0;
    state.maxCount = metadata.$maxCount ?? Number.POSITIVE_INFINITY;
  }

  const isSoftDeleted = (state: StreamState) => state.truncateBefore > Number.MAX_SAFE_INTEGER;

  /** Accepts all of them at once; resolves when they are on disk. */
  async function write(
    batch: readonly { readonly stream: string; readonly revision: number; readonly proposed: Proposed }[],
  ): Promise<void> {
    const answers: Buffer[] = [];
    for (const { stream, revision, proposed } of batch) {
      const recorded = record(stream, revision, proposed, eventFile.nextPosition(answers));
      answers.push(recorded.answer);
      add(recorded, proposed.data);
      recentIds.set(proposed.id, { stream, revision });
    }
    for (const oldest of recentIds.keys()) {
      if (recentIds.size <= RECENT_IDS) break;
      recentIds.delete(oldest);
    }
    const end = events.length;
    await eventFile.append(answers);
    durable = end;
    for (const listener of listeners) listener();
  }

  const metadataWrite = (stream: string, truncateBefore: string) => ({
    stream: metadataStream(stream),
    revision: stateOf(metadataStream(stream)).indexes.length,
    proposed: system('$metadata', `{"$tb":${truncateBefore}}`),
  });

  type Verdict =
    | Exclude<Appended, { readonly kind: 'appended' | 'commit-timeout' }>
    | { readonly kind: 'write' }
    | { readonly kind: 'repeat'; readonly revision: number };

  function judge(stream: string, expected: Expected, proposed: readonly Proposed[]): Verdict {
    const state = stateOf(stream);
    const current = state.indexes.length - 1;
    const wrong = { kind: 'wrong-expected-version', current } as const;
    if (state.tombstone !== undefined) return { kind: 'stream-deleted' };
    if (expected === 'exists' && isSoftDeleted(state)) return { kind: 'stream-deleted' };
    if (expected === 'exists' && current < 0) return wrong;
    if (expected === 'any' || expected === 'exists') {
      const places = proposed.map(({ id }) => recentIds.get(id)).map((place) => (place?.stream === stream ? place.revision : undefined));
      if (places[0] === undefined) return { kind: 'write' };
      return places.includes(undefined) ? wrong : { kind: 'repeat', revision: places.at(-1)! };
    }
    const after = expected === 'none' ? -1 : expected;
    if (after === current) return { kind: 'write' };
    if (after > current || proposed.length === 0) return wrong;
    const differing = proposed.findIndex(({ id }, i) => events[state.indexes[after + 1 + i]!]?.id !== id);
    if (differing === -1) return { kind: 'repeat', revision: after + proposed.length };
    return differing === 0 && expected === 'none' && isSoftDeleted(state) ? { kind: 'write' } : wrong;
  }

  /** @param begun `durable()` when the call came: a repeat of what was not on disk then is one that came at the same time. */
  async function append(stream: string, expected: Expected, proposed: readonly Proposed[], begun: number): Promise<Appended> {
    const verdict = judge(stream, expected, proposed);
    const state = stateOf(stream);
    const appended = (revision: number): Appended => {
      const index = revision < 0 ? events.length - 1 : state.indexes[revision]!;
      return { kind: 'appended', revision, position: events[index]?.position ?? 0 };
    };
    if (verdict.kind === 'repeat')
      return state.indexes[verdict.revision]! < begun ? appended(verdict.revision) : { kind: 'commit-timeout' };
    if (verdict.kind !== 'write') return verdict;
    const next = state.indexes.length;
    const last = next + proposed.length - 1;
    if (proposed.length === 0) return appended(last);
    const undelete = isSoftDeleted(state) ? [metadataWrite(stream, String(next))] : [];
    await write([...undelete, ...proposed.map((each, i) => ({ stream, revision: next + i, proposed: each }))]);
    return appended(last);
  }

  async function remove(stream: string, expected: Expected, how: 'delete' | 'tombstone'): Promise<Appended> {
    const verdict = judge(stream, expected, []);
    if (verdict.kind !== 'write') return verdict.kind === 'repeat' ? { kind: 'commit-timeout' } : verdict;
    const removal =
      how === 'delete' ? metadataWrite(stream, SOFT_DELETED) : { stream, revision: TOMBSTONE, proposed: system('$streamDeleted', '{}') };
    await write([removal]);
    return { kind: 'appended', revision: removal.revision, position: lastOf(removal.stream)!.position };
  }

  function lastOf(stream: string): Recorded | undefined {
    const { indexes, tombstone } = stateOf(stream);
    return events[tombstone ?? indexes.at(-1)!];
  }

  /** As far as it is on disk. */
  function contentOf(stream: string): StreamContent {
    const state = states.get(stream);
    if (!state) return { kind: 'missing' };
    if (state.tombstone !== undefined && state.tombstone < durable) return { kind: 'tombstoned', tombstone: events[state.tombstone]! };
    let last = state.indexes.length - 1;
    while (last >= 0 && state.indexes[last]! >= durable) last--;
    if (last < 0 || isSoftDeleted(state)) return { kind: 'missing' };
    return { kind: 'readable', first: Math.min(Math.max(state.truncateBefore, last + 1 - state.maxCount), last + 1), last };
  }

  return {
    /** In the order of the log; only those before `durable()` are there for readers. */
    events: events as readonly Recorded[],
    durable: () => durable,
    append,
    remove,
    contentOf,
    eventOf: (stream: string, revision: number): Recorded => events[stateOf(stream).indexes[revision]!]!,
    /** An event of the server itself, such as its statistics. */
    writeSystemEvent: (stream: string, type: string, data: string) =>
      write([{ stream, revision: stateOf(stream).indexes.length, proposed: system(type, data) }]),
    /** Called whenever more events are on disk. */
    onDurable(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => eventFile.close(),
  };
}

const system = (type: string, data: string): Proposed => ({
  id: randomUUID(),
  type,
  contentType: 'application/json',
  metadata: Buffer.alloc(0),
  data: Buffer.from(data),
});

function parsed(data: Uint8Array): { readonly $tb?: number; readonly $maxCount?: number } {
  try {
    return JSON.parse(Buffer.from(data).toString());
  } catch {
    return {};
  }
}
