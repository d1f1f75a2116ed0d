import { curator } from './curators/curator.js';
import { importAggregate } from './imports/import.js';
import { importSource } from './imports/import-source.js';
import { type Aggregate, ownerOf } from './kernel/aggregate.js';
import type { CommandDefinition } from './kernel/decider.js';
import { type RefusalEntry, refusals } from './kernel/refusals.js';
import { policy } from './policies/decide.js';
import { relationship } from './relationship.js';

/** Every kind of stream. What is listed here has its routes, bulk items, imports, messages and pages; nothing else lists it. */
export const aggregates = [relationship, curator, policy, importAggregate, importSource] as const satisfies readonly Aggregate[];

const all: readonly Aggregate[] = aggregates;

/** The aggregate whose stream it is. */
export const aggregateOf = (stream: string): Aggregate | undefined => ownerOf(all, stream);

type AnyEvent = (typeof aggregates)[number]['events'][number];

/** The entries that the domain gives to the event registry. */
export const eventDefinitions: readonly (Omit<AnyEvent, 'published'> & { readonly published: string | null })[] = aggregates.flatMap(
  ({ published, events }) => events.map((definition: AnyEvent) => (published ? definition : { ...definition, published: null })),
);

/** Every reason for which a command may be rejected, by its code. */
export const rejections: Readonly<Record<string, RefusalEntry>> = Object.assign({}, refusals, ...all.map((each) => each.rejections));

/** A command with the aggregate that decides it, and every code that it may be rejected with. */
export interface CatalogueEntry extends CommandDefinition {
  readonly aggregate: Aggregate;
}

export const commandCatalogue: readonly CatalogueEntry[] = all.flatMap((aggregate) =>
  aggregate.commands.map((definition) => ({
    ...definition,
    rejections: [...(aggregate.commonRejections ?? []), ...definition.rejections],
    aggregate,
  })),
);

const byName = new Map(commandCatalogue.map((entry) => [entry.name, entry]));

export const commandByName = (name: string): CatalogueEntry | undefined => byName.get(name);
