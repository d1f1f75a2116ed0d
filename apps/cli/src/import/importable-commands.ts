import { type CatalogueEntry, commandByName, commandCatalogue } from '#relationship';

/** What a mapping may issue. */
export const importableCommands: readonly CatalogueEntry[] = commandCatalogue.filter(({ aggregate }) => !aggregate.internal);

export function importableCommand(name: string): CatalogueEntry | undefined {
  const found = commandByName(name);
  return found?.aggregate.internal ? undefined : found;
}
