import { slice } from '../slice.js';
import { purchaseCommands } from './commands.js';
import { recordPurchase, returnPurchase } from './decisions.js';
import { purchaseEvents } from './events.js';
import { evolvePurchases, noPurchases } from './state.js';

export const purchaseSlice = slice<'purchases'>()({
  events: purchaseEvents,
  commands: purchaseCommands,
  decisions: { 'record-purchase': recordPurchase, 'return-purchase': returnPurchase },
  evolve: evolvePurchases,
  initial: noPurchases,
});
