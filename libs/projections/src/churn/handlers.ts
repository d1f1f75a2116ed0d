import type { DomainEvent } from '#event-log';
import { extended, inTime, replacedIn } from '#relationship/facts.js';
import { getId, setId } from '#relationship/kernel/id-map.js';
import type { Handlers } from '../facts.js';
import { withMerge } from '../merging.js';
import { withAssignment } from '../shared/assignments.js';
import type { ChurnDocument, Dated, Purchase } from './document.js';

export const churnHandlers = {
  'customer-registered': (churn, _, event) => ({ ...assigned(churn, event), registered: dated(event) }),
  'curator-assigned': (churn, _, event) => assigned(churn, event),
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
  'customer-merged': (churn, { into }, event) => withMerge(churn, into, event),
  'customer-unmerged': (churn, _, event) => withMerge(churn, null, event),
  'customer-erased': (churn, _, event) => ({ ...churn, erased: dated(event) }),
} satisfies Handlers<ChurnDocument>;

function assigned(churn: ChurnDocument, event: DomainEvent): ChurnDocument {
  return { ...churn, assignments: withAssignment(churn.assignments, event) };
}

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
