import type { Position } from '#event-log/event-log.js';
import { UnknownCollection } from '#read-models/errors.js';
import type { CollectionSpec, ReadModelStore, Scalar } from '#read-models/read-model-store.js';
import type { PolicyHistory } from '#relationship/read-side.js';
import type { Projection } from '../projection.js';

/** One build of a view: its version, the policies that it was computed under, and collections of its own. Persisted as it is. */
export interface Build {
  readonly view: string;
  readonly version: number;
  /** Identity of the code that built it. */
  readonly code?: string;
  /** Counts the builds of a view, so that two of one version can exist side by side. */
  readonly generation: number;
  /** The last publication taken of each policy that the view depends on, counted from 0; −1 for the default. */
  readonly policies: Readonly<Record<string, number>>;
  /** The time zone database that its days are by; absent where they are those of UTC. */
  readonly tz?: string;
  /** Partitions of subjects that several projectors share, each with a checkpoint and totals of its own; one projector builds all when absent. */
  readonly partitions?: number;
}

/** What the contents of a build follow from, besides the log. */
export type Meaning = Code & Pick<Build, 'policies' | 'tz' | 'partitions'>;

/** By what code a build was made, or a view is to be. */
type Code = Pick<Build, 'version' | 'code'>;

export const sameCode = (a: Code, b: Code): boolean => a.version === b.version && a.code === b.code;

export const codeOf = ({ version, code }: Code): Code => ({ version, ...(code !== undefined && { code }) });

export interface BuildCollections {
  readonly documents: string;
  /** Of long documents and rows. */
  readonly blocks: string;
  readonly rows: string;
  readonly entries: string;
  readonly totals: string;
  /** Which subjects a series ever counted. */
  readonly contributors: string;
  /** What each change of a subject added to the totals. */
  readonly deltas: string;
  readonly parked: string;
}

/** Owner of the checkpoint, for a partition of the subjects or for all. */
export const buildName = ({ view, version, generation }: Build, partition?: number): string =>
  `${view}@${version}.${generation}${partition === undefined ? '' : `#${partition}`}`;

const REPAIRS = '!repairs';
/** Owner of a checkpoint that each repair in a shard moves, so that of two at the same time one is taken. */
export const repairsOf = (shard: string): string => `${shard}${REPAIRS}`;

/** Of an owner of either checkpoint. */
export const shardOf = (owner: string): string => (owner.endsWith(REPAIRS) ? owner.slice(0, -REPAIRS.length) : owner);

/** All partitions of a build; one without a number where there is no partition. */
export const partitionsOf = ({ partitions }: Build): readonly (number | undefined)[] =>
  partitions === undefined ? [undefined] : Array.from({ length: partitions }, (_, partition) => partition);

/** The least of its partitions: everything up to there is in the view. */
export async function checkpointOf(store: Pick<ReadModelStore, 'checkpoint'>, build: Build): Promise<Position> {
  const all = await Promise.all(partitionsOf(build).map((partition) => store.checkpoint(buildName(build, partition))));
  return all.reduce((least, each) => (each < least ? each : least));
}

/**
 * Documents, or entries where it has none; 0 also where its collections are gone. Looked at before a new build takes the place of one that
 * holds something.
 */
export async function documentCount(store: Pick<ReadModelStore, 'count'>, build: Build): Promise<number> {
  const { documents, entries } = collectionsOf(build);
  const held = async (collection: string) =>
    store.count(collection).catch((error) => {
      if (error instanceof UnknownCollection) return 0;
      throw error;
    });
  return (await held(documents)) || held(entries);
}

export async function dropBuild(store: Pick<ReadModelStore, 'drop'>, build: Build): Promise<void> {
  for (const partition of partitionsOf(build)) {
    const name = buildName(build, partition);
    await store.drop(name, Object.values(collectionsOf(build, partition)));
    await store.drop(repairsOf(name), []);
  }
}

/** Partitions differ in their totals alone: whatever else is written belongs to one subject. */
export function collectionsOf({ view, version, generation }: Build, partition?: number): BuildCollections {
  const stem = `${view.toLowerCase().replace(/[^a-z0-9]/g, '_')}_${version}_g${generation}`;
  return {
    documents: `${stem}_documents`,
    blocks: `${stem}_pieces`,
    rows: `${stem}_rows`,
    entries: `${stem}_entries`,
    totals: `${stem}_totals${partition === undefined ? '' : `_p${partition}`}`,
    contributors: `${stem}_contributors`,
    deltas: `${stem}_deltas`,
    parked: `${stem}_parked`,
  };
}

/** Whether both are the same: built by the same code, under the same policies and time zone database, and shared in the same way. */
export function sameMeaning(a: Meaning, b: Meaning): boolean {
  const names = new Set([...Object.keys(a.policies), ...Object.keys(b.policies)]);
  return (
    sameCode(a, b) && a.tz === b.tz && a.partitions === b.partitions && [...names].every((name) => a.policies[name] === b.policies[name])
  );
}

/** Searchable are the fields that an index names, of documents all that `fields` answers for an empty one, and of entries those that they name. */
export function specsOf(projection: Projection, build: Build, policies: PolicyHistory, partition?: number): readonly CollectionSpec[] {
  const names = collectionsOf(build, partition);
  const { document, rows, entries } = projection;
  const ofEmpty = document ? Object.keys(document.fields(document.init(''), policies)) : [];
  return [
    documents(names.documents, document?.indexes ?? [], ofEmpty),
    documents(names.blocks, []),
    documents(names.rows, rows?.indexes ?? []),
    documents(names.entries, [], entries?.fields),
    { kind: 'totals', name: names.totals },
    documents(names.contributors, []),
    documents(names.deltas, []),
    documents(names.parked, []),
  ];
}

function documents(name: string, indexes: readonly (readonly string[])[], more: readonly string[] = []): CollectionSpec {
  return { kind: 'documents', name, fields: [...new Set([...indexes.flat(), ...more])].filter((field) => field !== 'key'), indexes };
}

/** What is not searchable stays in the body. */
export function searchable(fields: Readonly<Record<string, Scalar>>, declared: readonly string[]): Record<string, Scalar> {
  const picked: Record<string, Scalar> = {};
  for (const field of declared) picked[field] = fields[field] ?? null;
  return picked;
}
