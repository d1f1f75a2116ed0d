import { noHistory } from '../kernel/valid-time.js';
import { slice } from '../slice.js';
import { curationCommands } from './commands.js';
import { assignCurator } from './decisions.js';
import { curationEvents } from './events.js';
import { evolveAssignments } from './state.js';

export const curationSlice = slice<'assignments'>()({
  events: curationEvents,
  commands: curationCommands,
  decisions: { 'assign-curator': assignCurator },
  evolve: evolveAssignments,
  initial: noHistory,
});
