import { type CatalogueEntry, commandCatalogue } from '#relationship';

/** What may come over Kafka. `ce_type` is the name of the command. */
export const inboundCommands: readonly CatalogueEntry[] = commandCatalogue.filter(({ inbound }) => inbound);
