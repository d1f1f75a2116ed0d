import { slice } from '../slice.js';
import { customerCommands } from './commands.js';
import {
  addIdentifier,
  correctDetails,
  grantConsent,
  recordAcquisition,
  recordProfile,
  removeIdentifier,
  withdrawConsent,
} from './decisions.js';
import { customerEvents } from './events.js';
import { detailsOf, evolveDetails } from './state.js';

export const customerSlice = slice<'details'>()({
  events: customerEvents,
  commands: customerCommands,
  decisions: {
    'add-identifier': addIdentifier,
    'remove-identifier': removeIdentifier,
    'record-profile': recordProfile,
    'correct-details': correctDetails,
    'grant-consent': grantConsent,
    'withdraw-consent': withdrawConsent,
    'record-acquisition': recordAcquisition,
  },
  evolve: evolveDetails,
  // The registration says who it is.
  initial: detailsOf({ kind: 'person', role: 'customer' }, ''),
});
