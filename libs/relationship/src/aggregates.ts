import { accessLog } from './access-log/access-log.js';
import { curator } from './curators/curator.js';
import { importAggregate } from './imports/import.js';
import { importSource } from './imports/import-source.js';
import { type Aggregate, ownerOf } from './kernel/aggregate.js';
import type { CommandDefinition } from './kernel/decider.js';
import { domainRejections, type RejectionEntry } from './kernel/rejections.js';
import { policy } from './policies/decide.js';
import { processAggregate } from './processes/process.js';
import { relationship } from './relationship.js';
import { subscriber } from './subscribers/subscriber.js';

/** Every kind of stream. What is listed here has its routes, bulk items, imports, messages and pages; nothing else lists it. */
export const aggregates = [
  relationship,
  curator,
  policy,
  importAggregate,
  importSource,
  processAggregate,
  accessLog,
  subscriber,
] as const satisfies readonly Aggregate[];

const all: readonly Aggregate[] = aggregates;

/** The aggregate whose stream it is. */
export const aggregateOf = (stream: string): Aggregate | undefined => ownerOf(all, stream);

type AnyEvent = (typeof aggregates)[number]['events'][number];

/** The entries that the domain gives to the event registry. */
export const eventDefinitions: readonly (Omit<AnyEvent, 'published'> & { readonly published: string | null })[] = aggregates.flatMap(
  ({ published, events }) => events.map((definition: AnyEvent) => (published ? definition : { ...definition, published: null })),
);

/** Every reason for which a command may be rejected, by its code. */
export const rejections: Readonly<Record<string, RejectionEntry>> = Object.assign(
  {},
  domainRejections,
  ...all.map((each) => each.rejections),
);

/** A command with the aggregate that decides it, and every code that it may be rejected with. */
export interface OwnedCommand extends CommandDefinition {
  readonly aggregate: Aggregate;
}
/** One that may be asked for from outside. */
export interface CatalogueEntry extends OwnedCommand {
  readonly path: string;
}
const isOpen = (entry: OwnedCommand): entry is CatalogueEntry => entry.path !== undefined;

const owned = all.flatMap((aggregate) =>
  aggregate.commands.map(
    (definition): OwnedCommand => ({
      ...definition,
      rejections: [...(aggregate.commonRejections ?? []), ...definition.rejections],
      aggregate,
    }),
  ),
);

export const commandCatalogue: readonly CatalogueEntry[] = owned.filter(isOpen);
/** Those that processes alone issue. */
export const processCommands: readonly OwnedCommand[] = owned.filter((entry) => !isOpen(entry));

const byName = new Map(commandCatalogue.map((entry) => [entry.name, entry]));
const processByName = new Map(processCommands.map((entry) => [entry.name, entry]));

export const commandByName = (name: string): CatalogueEntry | undefined => byName.get(name);
export const processCommandByName = (name: string): OwnedCommand | undefined => processByName.get(name);

/** Those with commands that may be asked for from outside. */
export const openAggregates: readonly Aggregate[] = all.filter(({ commands }) => commands.some(({ path }) => path !== undefined));
