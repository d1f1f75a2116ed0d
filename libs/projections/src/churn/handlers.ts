import type { RecordedEvent } from '#event-log';
import { inTime } from '#relationship/facts.js';
import { getId, setId } from '#relationship/kernel/id-map.js';
import { withAssignment } from '../card/assignments.js';
import type { Handlers } from '../facts.js';
import { withMerge } from '../merging.js';
import { withContact } from './contact-days.js';
import type { ChurnDocument, Dated } from './document.js';

export const churnHandlers = {
  'customer-registered': (churn, _, event) => ({ ...assigned(churn, event), registered: dated(event) }),
  'curator-assigned': (churn, _, event) => assigned(churn, event),
  'contact-recorded': contacted,
  'contact-completed': contacted,
  'purchase-recorded': (churn, { purchaseId, amount: { minor, currency } }, event) => ({
    ...churn,
    purchases: setId(churn.purchases, purchaseId, { ...dated(event), currency, minor }),
  }),
  'purchase-returned': (churn, { purchaseId, amount, whole }, event) => {
    const purchase = getId(churn.purchases, purchaseId);
    if (!purchase) return churn;
    const returns = inTime(purchase.returns ?? [], { ...dated(event), minor: amount.minor, whole });
    return { ...churn, purchases: setId(churn.purchases, purchaseId, { ...purchase, returns }) };
  },
  'customer-merged': (churn, { into }, event) => withMerge(churn, into, event),
  'customer-unmerged': (churn, _, event) => withMerge(churn, null, event),
  'customer-erased': (churn, _, event) => ({ ...churn, erased: dated(event) }),
} satisfies Handlers<ChurnDocument>;

function assigned(churn: ChurnDocument, event: RecordedEvent): ChurnDocument {
  return { ...churn, assignments: withAssignment(churn.assignments, event) };
}

/** Notes among ourselves do not break the silence. */
function contacted(
  churn: ChurnDocument,
  { channel, direction }: { channel: string; direction: string },
  event: RecordedEvent,
): ChurnDocument {
  return direction === 'internal' ? churn : withContact(churn, { ...dated(event), channel });
}

function dated({ occurredAt, id }: RecordedEvent): Dated {
  return { at: occurredAt, event: id };
}
