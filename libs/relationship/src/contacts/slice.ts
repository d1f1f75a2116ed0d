import { slice } from '../slice.js';
import { contactCommands } from './commands.js';
import {
  cancelContact,
  completeContact,
  missContact,
  planContact,
  reassignContact,
  recordContact,
  rescheduleContact,
} from './decisions.js';
import { contactEvents } from './events.js';
import { markContactOverdue, markPromiseOverdue } from './overdue.js';
import { breakPromise, keepPromise, makePromise, reassignPromise } from './promise-decisions.js';
import { evolveContacts, noContacts } from './state.js';

export const contactSlice = slice<'contacts'>()({
  events: contactEvents,
  commands: contactCommands,
  decisions: {
    'record-contact': recordContact,
    'plan-contact': planContact,
    'reschedule-contact': rescheduleContact,
    'reassign-contact': reassignContact,
    'complete-contact': completeContact,
    'miss-contact': missContact,
    'cancel-contact': cancelContact,
    'make-promise': makePromise,
    'reassign-promise': reassignPromise,
    'keep-promise': keepPromise,
    'break-promise': breakPromise,
    'mark-promise-overdue': markPromiseOverdue,
    'mark-contact-overdue': markContactOverdue,
  },
  evolve: evolveContacts,
  initial: noContacts,
});
