import type { DomainEvent } from '#event-log';
import { getId, setId } from '#relationship/kernel/id-map.js';
import { extended, inTime, replacedIn } from '#relationship/read-side.js';
import type { Handlers } from '../event-handlers.js';
import { assignmentHandlers } from '../shared/assignments.js';
import { departureHandlers } from '../shared/departure.js';
import { roleHandlers } from '../shared/roles.js';
import type { ChurnDocument, Dated, Purchase } from './document.js';

export const churnHandlers = {
  ...assignmentHandlers,
  ...departureHandlers,
  ...roleHandlers,
  'customer-registered': (churn, data, event) => ({
    ...roleHandlers['customer-registered'](assignmentHandlers['customer-registered'](churn, data, event), data, event),
    registered: dated(event),
  }),
  'contact-recorded': contacted,
  'contact-completed': contacted,
  'purchase-recorded': (churn, { purchaseId, amount: { minor, currency } }, event) => ({
    ...churn,
    purchases: extended(churn.purchases, { ...dated(event), id: purchaseId, currency, minor }),
    purchasedAt: setId(churn.purchasedAt, purchaseId, event.occurredAt),
  }),
  'purchase-returned': (churn, { purchaseId, amount, whole }, event) => {
    const at = getId(churn.purchasedAt, purchaseId);
    if (at === undefined) return churn;
    const returned = { ...dated(event), minor: amount.minor, whole };
    const isMeant = ({ id }: Purchase) => id === purchaseId;
    const purchases = replacedIn(churn.purchases, at, isMeant, (each) => ({ ...each, returns: inTime(each.returns ?? [], returned) }));
    return { ...churn, purchases };
  },
} satisfies Handlers<ChurnDocument>;

/** Notes among ourselves do not break the silence. */
function contacted(
  churn: ChurnDocument,
  { channel, direction }: { channel: string; direction: string },
  event: DomainEvent,
): ChurnDocument {
  return direction === 'internal' ? churn : { ...churn, contacts: extended(churn.contacts, { ...dated(event), channel }) };
}

function dated({ occurredAt, id }: DomainEvent): Dated {
  return { at: occurredAt, event: id };
}
