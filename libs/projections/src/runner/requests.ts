import { pause } from '#async';
import { ORIGIN } from '#event-log/event-log.js';
import type { CollectionSpec, ReadModelStore } from '#read-models/read-model-store.js';
import { readAlias } from './aliases.js';
import { readAllPages } from './read-all-pages.js';

/** What is asked of the projectors of a store, through the store: whoever runs the shards that it concerns does it. */

/** What was to answer is empty, while what answers is not. */
export class RebuildRejected extends Error {
  override readonly name = 'RebuildRejected';
  constructor(readonly view: string) {
    super(`the new build of ${view} is empty and was rejected; the previous one is kept`);
  }
}

export class NoRollback extends Error {
  override readonly name = 'NoRollback';
  constructor(readonly view: string) {
    super(`no previous build of ${view} by this code exists`);
  }
}

export interface Asked {
  /** The generation beyond which the view is to be rebuilt. */
  readonly rebuild: number;
  /** From one generation back to another. */
  readonly rollback?: { readonly from: number; readonly to: number } | undefined;
}

export interface Waiting {
  readonly signal: AbortSignal;
  /** Between two looks; 100 when absent. */
  readonly lookMs?: number;
  /** Called when it has been asked for. */
  readonly asked?: () => void;
}

const LOOK_MS = 100;
const rebuildSetting = (view: string) => `rebuild:${view}`;
const rollbackSetting = (view: string) => `rollback:${view}`;
const SUBJECTS = { kind: 'documents', name: 'requests', fields: [], indexes: [] } as const satisfies CollectionSpec;

type Settings = Pick<ReadModelStore, 'getSetting' | 'putSetting'>;

export async function readAsked(store: Settings, view: string): Promise<Asked> {
  const [rebuild, rollback] = await Promise.all([
    store.getSetting<number>(rebuildSetting(view)),
    store.getSetting<Asked['rollback'] | null>(rollbackSetting(view)),
  ]);
  return { rebuild: rebuild ?? -1, rollback: rollback ?? undefined };
}

export const forgetRollback = (store: Settings, view: string): Promise<void> => store.putSetting(rollbackSetting(view), null);

/** Whether projectors of a group build the view, or have started to. */
export async function isShared(store: Pick<ReadModelStore, 'getSetting'>, view: string): Promise<boolean> {
  const { current, building } = await readAlias(store, view);
  return (building ?? current)?.partitions !== undefined;
}

/** Blue-green; resolves when the new build answers, or at the signal. @throws RebuildRejected */
export async function rebuildView(store: Settings, view: string, { signal, lookMs = LOOK_MS, asked }: Waiting): Promise<void> {
  const [{ generations, building }, before] = [await readAlias(store, view), await readAsked(store, view)];
  // Who asks while what was asked for is being built shares it; what was started for another reason is no rebuild.
  const from = building?.generation === before.rebuild + 1 ? before.rebuild : generations;
  if (from !== before.rebuild) await store.putSetting(rebuildSetting(view), from);
  asked?.();
  while (!signal.aborted) {
    const alias = await readAlias(store, view);
    if (alias.current && alias.current.generation > from) return;
    if (alias.generations > from && !alias.building && alias.rejected) throw new RebuildRejected(view);
    await pause(lookMs, signal);
  }
}

/** Back to the build before, until the next rebuild or other code. @throws NoRollback, RebuildRejected */
export async function rollbackView(store: Settings, view: string, { signal, lookMs = LOOK_MS, asked }: Waiting): Promise<void> {
  const { current, previous } = await readAlias(store, view);
  if (!current || !previous) throw new NoRollback(view);
  const [from, to] = [current.generation, previous.generation];
  await store.putSetting(rollbackSetting(view), { from, to } satisfies Asked['rollback']);
  asked?.();
  while (!signal.aborted) {
    const { rollback } = await readAsked(store, view);
    const alias = await readAlias(store, view);
    if (alias.current?.generation === to) return;
    if (!rollback) throw alias.current?.generation === from && alias.rejected ? new RebuildRejected(view) : new NoRollback(view);
    await pause(lookMs, signal);
  }
}

interface SubjectBody {
  readonly stream: string;
  /** Name of the error for which it is not done; whoever asked takes it away. */
  readonly failed?: string;
}

/** It would fail again. */
export class SubjectNotRebuilt extends Error {
  override readonly name = 'SubjectNotRebuilt';
  constructor(
    readonly stream: string,
    readonly reason: string,
  ) {
    super(`${stream} was not rebuilt: ${reason}`);
  }
}

/** Before subjects are asked for, or looked for. */
export const declareRequests = (store: ReadModelStore): Promise<void> => store.declare([SUBJECTS]);

/** Refolds a subject in every view of its category, and takes it off the parked ones where that works. @throws SubjectNotRebuilt */
export async function rebuildSubject(store: ReadModelStore, stream: string, { signal, lookMs = LOOK_MS }: Waiting): Promise<void> {
  const key = `${stream}|${crypto.randomUUID()}`;
  await declareRequests(store);
  await putRequest(store, key, { stream });
  while (!signal.aborted) {
    const request = await store.get<SubjectBody>(SUBJECTS.name, key);
    if (!request) return;
    if (request.body.failed !== undefined) {
      await forgetRequest(store, key);
      throw new SubjectNotRebuilt(stream, request.body.failed);
    }
    await pause(lookMs, signal);
  }
}

const ofRequests = { projection: SUBJECTS.name, position: 'unchanged', upserts: [], deletes: [], increments: [] } as const;

const putRequest = (store: ReadModelStore, key: string, body: SubjectBody): Promise<void> =>
  store.commit([{ ...ofRequests, upserts: [{ collection: SUBJECTS.name, key, position: ORIGIN, fields: {}, body }] }]);

const forgetRequest = (store: ReadModelStore, key: string): Promise<void> =>
  store.commit([{ ...ofRequests, deletes: [{ collection: SUBJECTS.name, key }] }]);

interface AskedSubject {
  readonly stream: string;
  done(): Promise<void>;
  /** Because of the error of this name: whoever asked is to know, and nobody tries again. */
  fail(error: string): Promise<void>;
}

/** Subjects that are to be refolded; of each it is to be said how that ended. */
export async function askedSubjects(store: ReadModelStore): Promise<readonly AskedSubject[]> {
  const requests = await readAllPages<SubjectBody>(store, SUBJECTS.name, {});
  return requests
    .filter(({ body }) => body.failed === undefined)
    .map(({ key, body: { stream } }) => ({
      stream,
      done: () => forgetRequest(store, key),
      fail: (failed) => putRequest(store, key, { stream, failed }),
    }));
}
