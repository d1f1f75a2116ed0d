import { aggregate } from '../kernel/aggregate.js';
import type { DecisionContext } from '../kernel/decider.js';
import { type ImportSourceCommand, importSourceCommands } from './commands.js';
import { type ImportSourceEvent, importSourceEvents } from './events.js';
import { hashId, mustBeImport } from './import.js';

/** No decision depends on what a system's imports remember: the imports read it themselves. */
export type ImportSource = Readonly<Record<never, never>>;

export const initialImportSource: ImportSource = {};

export const evolveImportSource = (state: ImportSource): ImportSource => state;

/** @throws Rejection with the reason; nothing is to be appended */
export const decideImportSource = (
  _: ImportSource,
  { name, body }: ImportSourceCommand,
  context: DecisionContext,
): readonly ImportSourceEvent[] => {
  mustBeImport(name, context);
  const { hashes, commands, contents } = body;
  return [{ type: 'import-commands-remembered', data: { hashes, commands, contents } }];
};

export const importSource = aggregate({
  category: 'import-source',
  subject: 'import source',
  idMember: 'importSourceId',
  idSchema: hashId,
  access: 'roles',
  published: false,
  internal: true,
  path: '/import-sources',
  tag: { name: 'import-sources', description: 'Commands of the imports of a system that changed nothing; used by `letopis import`' },
  events: importSourceEvents,
  commands: importSourceCommands,
  commonRejections: ['for-imports-only'],
  decider: { initialState: () => initialImportSource, evolve: evolveImportSource, decide: decideImportSource },
});
