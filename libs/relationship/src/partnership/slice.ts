import { slice } from '../slice.js';
import { partnershipCommands } from './commands.js';
import { agreePartnership, endPartnership } from './decisions.js';
import { partnershipEvents } from './events.js';
import { evolveAgreements, noAgreements } from './state.js';

export const partnershipSlice = slice<'agreements'>()({
  events: partnershipEvents,
  commands: partnershipCommands,
  decisions: { 'agree-partnership': agreePartnership, 'end-partnership': endPartnership },
  evolve: evolveAgreements,
  initial: noAgreements,
});
