import { slice } from '../slice.js';
import { loseDeal, reopenDeal, winDeal } from './closing-decisions.js';
import { dealCommands } from './commands.js';
import { changeDealValue, enterStage, makeProposal, openDeal, reassignDeal, signContract } from './decisions.js';
import { dealEvents } from './events.js';
import { evolveDeals, noDeals } from './state.js';

export const dealSlice = slice<'deals'>()({
  events: dealEvents,
  commands: dealCommands,
  decisions: {
    'open-deal': openDeal,
    'enter-stage': enterStage,
    'change-deal-value': changeDealValue,
    'make-proposal': makeProposal,
    'sign-contract': signContract,
    'reassign-deal': reassignDeal,
    'win-deal': winDeal,
    'lose-deal': loseDeal,
    'reopen-deal': reopenDeal,
  },
  evolve: evolveDeals,
  initial: noDeals,
});
