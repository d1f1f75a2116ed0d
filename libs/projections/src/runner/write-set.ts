import { ORIGIN, type Position } from '#event-log/event-log.js';
import type { ProjectionBatch, Scalar, Upsert } from '#read-models/read-model-store.js';
import type { SubjectChange, View } from './advance.js';
import { type Build, buildName, collectionsOf, searchable, specsOf } from './build.js';
import { createContributors } from './contributors.js';
import { bundled } from './entries.js';
import type { ParkedSubject } from './parking.js';
import { createSums, type DatedAmounts, type Deltas, entriesOf, type PackedSums, type SumEntry } from './sums.js';

/** What one change of a subject added to the totals, by series: what its events are in numbers, and what a repair takes back. */
export type DeltasBody = Readonly<Record<string, Readonly<DatedAmounts>>>;

/** Of everything of a subject in a collection: their keys begin with the id and a bar, and `}` is the character after it. */
export const keysOf = (subject: string) => ({ gte: `${subject}|`, lt: `${subject}}` });

/** Gathers what one build of a view writes in one commit. */
export interface WriteSet {
  change(change: SubjectChange): void;
  /** Of a subject that was folded from nothing. */
  changeWhole(change: SubjectChange): void;
  delete(kind: keyof SearchableFields, key: string): void;
  add(deltas: Deltas): void;
  park(parked: ParkedSubject): void;
  batch(position: ProjectionBatch['position']): ProjectionBatch;
  /** What has gathered, which is then forgotten; totals and contributors are held back until there are more than so many of them. */
  flush(held: Held): Flushed;
  /** Of the JSON that is to be written. */
  characters(): number;
  /** Those that were held back; they are another's to write. */
  totals(): PackedSums;
  /** What is another's to write, written by this one. */
  flushTotals(totals: PackedSums): Flushed;
}

export interface Flushed {
  readonly batch: ProjectionBatch;
  /** Not in the batch: made as they are taken, as all at once would take all of the memory. */
  readonly increments: Iterable<Increment>;
}

type Increment = ProjectionBatch['increments'][number];

export interface Held {
  readonly totals: number;
  readonly contributors: number;
}

const none = {};

export function createWriteSet(build: Build, fields: SearchableFields, partition?: number): WriteSet {
  const names = collectionsOf(build, partition);
  let upserts: Upsert[] = [];
  /** Written first, so that no document is seen before its blocks. */
  let blockUpserts: Upsert[] = [];
  let deletes: { readonly collection: string; readonly key: string }[] = [];
  let characters = 0;
  let sums = createSums();
  let contributors = createContributors();
  let last: Position = ORIGIN;
  const owner = buildName(build, partition);
  const nothingLoaded = { projection: owner, position: 'bulk-load', upserts: [], deletes: [], increments: [] } as const;

  function upsert(
    kind: keyof SearchableFields,
    key: string,
    position: Position,
    all: Readonly<Record<string, Scalar>>,
    json: string,
  ): void {
    characters += json.length;
    (kind === 'blocks' ? blockUpserts : upserts).push({
      collection: names[kind],
      key,
      position,
      fields: searchable(all, fields[kind]),
      json,
    });
  }

  function add(deltas: Deltas): void {
    for (const [series, amounts] of deltas) sums.add(series, amounts);
  }

  function contribute({ subject, after, deltas, newSeries }: SubjectChange): void {
    let number = 0;
    for (const json of deltasJson(deltas)) {
      const { position } = after!;
      upsert('deltas', `${subject}|${position}${number === 0 ? '' : `.${number}`}`, position, none, json);
      number++;
    }
    if (number === 0) return;
    for (const series of newSeries) contributors.add(series, subject);
    last = after!.position;
  }

  function putContributors(documents: Iterable<{ readonly key: string; readonly json: string }>): void {
    for (const { key, json } of documents) upsert('contributors', key, last, none, json);
  }

  function put(change: SubjectChange): void {
    const { subject, after, written, upsertedRows, deletedRows, blocks, deletedBlocks, deltas } = change;
    if (after && written) {
      upsert('documents', subject, after.position, written.fields, written.json);
      for (const { key, json } of blocks) upsert('blocks', key, after.position, none, json);
      for (const key of deletedBlocks) deletes.push({ collection: names.blocks, key });
      for (const row of upsertedRows) upsert('rows', row.key, after.position, row.fields, row.json);
      for (const key of deletedRows) deletes.push({ collection: names.rows, key });
    }
    contribute(change);
    add(deltas);
  }

  return {
    change(change) {
      put(change);
      for (const { key, position, fields } of change.entries) upsert('entries', key, position, fields, '{}');
    },
    changeWhole(change) {
      put(change);
      const { subject, entries } = change;
      if (entries.length === 0) return;
      for (const { key, position, json } of bundled(subject, entries, fields.entries)) upsert('entries', key, position, none, json);
    },
    delete: (kind, key) => deletes.push({ collection: names[kind], key }),
    add,
    park: (parked) => upsert('parked', parked.subject, parked.position, none, JSON.stringify(parked)),
    batch(position) {
      putContributors(contributors.alone());
      return {
        projection: owner,
        position,
        upserts: [...blockUpserts, ...upserts],
        deletes,
        increments: [...increments(names.totals, sums.entries())],
      };
    },
    flush(held) {
      let added: Iterable<Increment> = [];
      if (sums.size() > held.totals) {
        added = increments(names.totals, sums.entries());
        sums = createSums();
      }
      if (contributors.size() > held.contributors) {
        putContributors(contributors.together());
        contributors = createContributors();
      }
      const documents = blockUpserts.length === 0 ? upserts : [...blockUpserts, ...upserts];
      const batch = { ...nothingLoaded, upserts: documents, deletes };
      [upserts, blockUpserts, deletes] = [[], [], []];
      characters = 0;
      return { batch, increments: added };
    },
    characters: () => characters,
    totals: () => sums.packed(),
    flushTotals: (totals) => ({ batch: nothingLoaded, increments: increments(names.totals, entriesOf(totals)) }),
  };
}

export type SearchableFields = Readonly<
  Record<'documents' | 'blocks' | 'rows' | 'entries' | 'contributors' | 'deltas' | 'parked', readonly string[]>
>;

export function searchableFields(build: Build, { projection, policies }: View): SearchableFields {
  const names = collectionsOf(build);
  const specs = specsOf(projection, build, policies);
  const of = (name: string) => specs.flatMap((spec) => (spec.kind === 'documents' && spec.name === name ? spec.fields : []));
  return {
    documents: of(names.documents),
    blocks: of(names.blocks),
    rows: of(names.rows),
    entries: of(names.entries),
    contributors: of(names.contributors),
    deltas: of(names.deltas),
    parked: of(names.parked),
  };
}

function* increments(collection: string, sums: Iterable<SumEntry>): Iterable<Increment> {
  for (const entry of sums) yield { collection, entry };
}

/** Characters of one document, and numbers that it holds of one series. */
const A_DOCUMENT = 100_000;
const AMOUNTS = 3_000;

/** A `DeltasBody` each; none when nothing is added, several where much was learned at once. */
function* deltasJson(deltas: Deltas): Iterable<string> {
  let members = '';
  for (const [series, amounts] of deltas) {
    for (let at = 0; at < amounts.length; at += AMOUNTS) {
      if (members.length > A_DOCUMENT || (at > 0 && members !== '')) {
        yield `{${members}}`;
        members = '';
      }
      members += `${members === '' ? '' : ','}${JSON.stringify(series)}:${JSON.stringify(amounts.length > AMOUNTS ? amounts.slice(at, at + AMOUNTS) : amounts)}`;
    }
  }
  if (members !== '') yield `{${members}}`;
}
