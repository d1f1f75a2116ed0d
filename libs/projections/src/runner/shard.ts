import { LRUCache } from 'lru-cache';
import type { Batch, DomainEvent } from '#event-log';
import type { Position } from '#event-log/event-log.js';
import { UnreadableDocument } from '#read-models/errors.js';
import type { ProjectionBatch, ReadModelStore } from '#read-models/read-model-store.js';
import type { PolicyHistory } from '#relationship/read-side.js';
import type { Projection } from '../projection.js';
import { type SubjectState, stateOf, type View } from './advance.js';
import { assembled } from './blocks.js';
import { type Build, buildName, collectionsOf, repairsOf, specsOf } from './build.js';
import { type Attempt, advanceOrPark, type ParkedSubject } from './parking.js';
import { readAllPages } from './read-all-pages.js';
import { createWriteSet, searchableFields, type WriteSet } from './write-set.js';

/** Events by subject, each subject's in order. */
export type BySubject = ReadonlyMap<string, Batch>;

export interface Prepared {
  readonly batch: ProjectionBatch;
  /** To be called once the batch is committed. */
  accept(): void;
}

/** One partition of a build on its way along the log. Not to be used by two at a time. */
export interface Shard {
  readonly build: Build;
  /** Takes the subjects of this partition alone; all when absent. */
  readonly partition: number | undefined;
  readonly name: string;
  readonly view: View;
  checkpoint: Position;
  /** The checkpoint of its repairs then: what is remembered here knows of no later one. */
  repairs: Position;
  readonly parked: ReadonlyMap<string, ParkedSubject>;
  /** To be called once it is stored. */
  park(parked: ParkedSubject): void;
  unpark(subject: string): void;
  newWriteSet(): WriteSet;
  /** Folds a subject from nothing into the set: for a build, where nobody is stored yet. */
  fold(subject: string, events: Batch, into: WriteSet): Attempt;
  /** The batch that takes the shard over these events to the position; `histories`: of those whose events retract or erase something. */
  prepare(events: BySubject, position: Position, histories: BySubject): Promise<Prepared>;
  /** Forgets what is remembered of a subject, whose stored documents were written by someone else. */
  forget(subject: string): void;
}

/** Projectors that build the same views, each the subjects of the partitions that are assigned to it. */
export interface Group {
  readonly name: string;
  readonly partitions: number;
  /** 0 to `partitions − 1`; the same for every member. */
  partitionOf(subject: string): number;
}

export interface ShardOptions {
  readonly store: ReadModelStore;
  readonly projection: Projection;
  readonly build: Build;
  readonly policies: PolicyHistory;
  readonly cachedSubjects: number;
  /** Of all that is cached, about; 32,000,000 when absent. A longer subject is read again for every batch. */
  readonly cachedCharacters?: number;
  readonly onParked?: (parked: ParkedSubject) => void;
  /** All subjects when absent. */
  readonly partition?: { readonly number: number; readonly of: Pick<Group, 'partitionOf'> };
}

const CACHED_CHARACTERS = 32_000_000;

export async function openShard(options: ShardOptions): Promise<Shard> {
  const { store, projection, build, policies, cachedSubjects, onParked = () => undefined } = options;
  const partition = options.partition?.number;
  const name = buildName(build, partition);
  const names = collectionsOf(build, partition);
  const view: View = { projection, handles: new Set(projection.handles), policies, fits: store.fits };
  await store.declare(specsOf(projection, build, policies, partition));
  const fields = searchableFields(build, view);
  const states = new LRUCache<string, SubjectState>({
    max: cachedSubjects,
    maxSize: options.cachedCharacters ?? CACHED_CHARACTERS,
    sizeCalculation: ({ size }) => size + 1,
  });
  // Before who is parked is read: whoever parks or repairs somebody after this has moved one of them, and no commit from here is taken.
  const [repairs, checkpoint] = [await store.checkpoint(repairsOf(name)), await store.checkpoint(name)];
  const parkedDocuments = await readAllPages<ParkedSubject>(store, names.parked, {});
  const own = parkedDocuments.filter(({ key }) => options.partition?.of.partitionOf(key) === partition);
  const parked = new Map(own.map(({ key, body }) => [key, body]));
  const newWriteSet = () => createWriteSet(build, fields, partition);

  const concerns = ({ type, notUnderstood }: DomainEvent) => notUnderstood !== undefined || view.handles.has(type);

  /** One that cannot be read fails where its subject's events are applied, and holds up nobody else. */
  async function storedStates(ids: readonly string[]): Promise<ReadonlyMap<string, () => SubjectState>> {
    try {
      const found = await store.getMany(names.documents, ids);
      const whole = await assembled(store, names.blocks, [...found.values()], (key) => store.get(names.documents, key));
      return new Map(whole.map(({ key, body, position }) => [key, () => stateOf(view, body, position)]));
    } catch (error) {
      if (!(error instanceof UnreadableDocument)) throw error;
      if (ids.length > 1) return new Map((await Promise.all(ids.map((id) => storedStates([id])))).flatMap((one) => [...one]));
      const unreadable = () => {
        throw error;
      };
      return new Map(ids.map((id) => [id, unreadable]));
    }
  }

  async function attempts(events: BySubject, histories: BySubject): Promise<readonly Attempt[]> {
    const isFoldedAgain = (id: string) => projection.document !== undefined && histories.has(id);
    const ids = [...events.keys()].filter((id) => isFoldedAgain(id) || (!parked.has(id) && events.get(id)!.some(concerns)));
    const unknown = projection.document ? ids.filter((id) => !states.has(id)) : [];
    const stored = unknown.length === 0 ? undefined : await storedStates(unknown);
    return ids.map((id) => {
      const past = { history: histories.get(id), isParked: parked.has(id) };
      return advanceOrPark(view, id, stored?.get(id) ?? (() => states.get(id)), events.get(id)!, past);
    });
  }

  const shard: Shard = {
    build,
    partition,
    name,
    view,
    checkpoint,
    repairs,
    parked,
    park(failed) {
      parked.set(failed.subject, failed);
      onParked(failed);
    },
    unpark: (subject) => void parked.delete(subject),
    newWriteSet,

    fold(subject, events, into) {
      const made = advanceOrPark(view, subject, () => undefined, events);
      into.changeWhole(made.change);
      if (made.parked) into.park(made.parked);
      return made;
    },

    async prepare(events, position, histories) {
      const made = await attempts(events, histories);
      const writes = newWriteSet();
      for (const { change, parked: failed } of made) {
        writes.change(change);
        if (parked.has(change.subject)) writes.delete('parked', change.subject);
        if (failed) writes.park(failed);
      }
      return {
        batch: {
          ...writes.batch(position),
          after: shard.checkpoint,
          unmoved: { projection: repairsOf(name), position: shard.repairs },
        },
        accept: () => {
          shard.checkpoint = position;
          for (const { change, parked: failed } of made) {
            if (change.after) states.set(change.subject, change.after);
            shard.unpark(change.subject);
            if (!failed) continue;
            states.delete(change.subject);
            shard.park(failed);
          }
        },
      };
    },

    forget: (subject) => void states.delete(subject),
  };
  return shard;
}
