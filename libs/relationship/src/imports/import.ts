import { aggregate, type IdSchema } from '../kernel/aggregate.js';
import type { DecisionContext } from '../kernel/decider.js';
import type { TypedEvent } from '../kernel/event.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { type BeginImport, type ImportCommand, importCommands, type RememberImportRows } from './commands.js';
import { type ImportEvent, importEvents } from './events.js';

/** The imports under one mapping, as far as the next one depends on them. */
export interface Import {
  /** Of the last one; 0 before the first. */
  readonly number: number;
}

export const initialImport: Import = { number: 0 };

export const evolveImport = (state: Import, event: TypedEvent): Import => {
  const { type, data } = event as ImportEvent;
  return type === 'import-begun' ? { number: data.number } : state;
};

/** @throws Rejection with the reason; nothing is to be appended */
export const decideImport = (state: Import, command: ImportCommand, context: DecisionContext): readonly ImportEvent[] => {
  mustBeImport(command.name, context);
  return command.name === 'begin-import' ? beginImport(state, command.body) : rememberImportRows(state, command.body);
};

/** Whoever begins has read which import was the last; of two who have read the same one is rejected. */
const beginImport = ({ number: last }: Import, { number, formerly = false, ...file }: BeginImport): readonly ImportEvent[] => {
  if (number !== last + 1)
    reject('import-begun-meanwhile', `Import ${last} of this mapping started in the meantime; start after it.`, { number: last });
  return [{ type: 'import-begun', data: plain({ number, ...file, ...(formerly && { formerly: true as const }) }) }];
};

const rememberImportRows = (state: Import, body: RememberImportRows): readonly ImportEvent[] => {
  const { number } = body;
  if (number > state.number) reject('import-unknown', `Import ${number} of this mapping does not exist.`, { number });
  return [{ type: 'import-rows-remembered', data: plain({ ...body }) }];
};

export const mustBeImport = (name: string, { actor }: DecisionContext): void => {
  if (actor.kind !== 'import')
    reject('for-imports-only', `Only an import may execute ${name}; send Letopis-Actor: import:<id>.`, { command: name });
};

/** Ids are hashes: of a mapping here, of the name of a system there. */
export const hashId: IdSchema = { type: 'string', pattern: '^[0-9a-f]{32}$', description: '32 hex digits' };

export const importAggregate = aggregate({
  category: 'import',
  subject: 'import',
  idMember: 'importId',
  idSchema: hashId,
  access: 'roles',
  published: false,
  internal: true,
  path: '/imports',
  tag: { name: 'imports', description: 'The imports of a mapping and their commands that changed nothing; used by `letopis import`' },
  events: importEvents,
  commands: importCommands,
  commonRejections: ['for-imports-only'],
  decider: { initialState: () => initialImport, evolve: evolveImport, decide: decideImport },
});
