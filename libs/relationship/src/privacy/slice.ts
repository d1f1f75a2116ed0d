import { retentionCommands } from '../retention/commands.js';
import { retentionListed } from '../retention/events.js';
import { slice } from '../slice.js';
import { privacyCommands } from './commands.js';
import {
  confirmErasure,
  eraseCustomer,
  liftLegalHold,
  liftRestriction,
  markErasureOverdue,
  objectToMarketing,
  placeLegalHold,
  rejectAccess,
  rejectErasure,
  requestAccess,
  requestErasure,
  restrictProcessing,
  withdrawMarketingObjection,
} from './decisions.js';
import { privacyEvents } from './events.js';
import { evolvePrivacy, noPrivacy } from './state.js';

export const privacySlice = slice<'privacy'>()({
  events: [...privacyEvents, retentionListed],
  commands: [...privacyCommands, ...retentionCommands],
  decisions: {
    'request-erasure': requestErasure,
    'confirm-erasure': confirmErasure,
    'reject-erasure': rejectErasure,
    'place-legal-hold': placeLegalHold,
    'lift-legal-hold': liftLegalHold,
    'restrict-processing': restrictProcessing,
    'lift-restriction': liftRestriction,
    'object-to-marketing': objectToMarketing,
    'withdraw-marketing-objection': withdrawMarketingObjection,
    'request-access': requestAccess,
    'reject-access': rejectAccess,
    'mark-erasure-overdue': markErasureOverdue,
    'erase-customer': eraseCustomer,
  },
  evolve: evolvePrivacy,
  initial: noPrivacy,
});
