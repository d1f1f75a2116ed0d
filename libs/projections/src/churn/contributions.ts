import type { PolicyHistory } from '#relationship/read-side.js';
import { type Calendar, calendarOf } from '../calendar.js';
import { type Contribution, type Derivation, type Measures, ofBlocks } from '../projection.js';
import { whileApplied } from '../shared/roles.js';
import { during } from '../shared/spans.js';
import { activePurchase, untilDeparture } from './active-purchase.js';
import { cohortContributions } from './cohorts.js';
import type { ChurnContact, ChurnDocument, Purchase } from './document.js';
import { lapseContributions } from './lapse.js';
import { existingOf, type PurchaseBlock, purchaseBlocks, purchaseDaysOf } from './purchase-days.js';
import { contactBlocks, silenceContributions } from './quiet.js';

type Of<Item> = Derivation<ChurnDocument, Contribution, Item>;

const eachContact: Of<ChurnContact> = {
  items: ({ contacts }) => contacts,
  of: (_, policies, { at, channel, event }) => [
    { series: { measure: 'contacts', channel }, day: calendarOf(policies).dayOf(at), amount: 1, events: [event] },
  ],
};

const eachPurchase: Of<Purchase> = {
  items: ({ purchases }) => purchases,
  of(_, policies, purchase) {
    const found: Contribution[] = [];
    const calendar = calendarOf(policies);
    const each = activePurchase(purchase, calendar);
    during(found, { measure: 'purchases' }, each, purchase.event, each.endedBy);
    revenue(purchase, found, calendar);
    return found;
  },
};

/** The ladder says who is a customer, the cadence whom the norm of contacts is for. */
export const churnContributions: readonly Derivation<ChurnDocument, Contribution>[] = [
  whileApplied('ladder', eachContact),
  whileApplied('ladder', eachPurchase),
  whileApplied(
    'ladder',
    ofBlocks([purchaseBlocks], (_, __, blocks) => purchaseDaysOf(blocks).flatMap(({ counted }) => counted)),
  ),
  whileApplied('cadence', ofBlocks([purchaseBlocks, contactBlocks], silenceContributions)),
  whileApplied(
    'ladder',
    ofBlocks([purchaseBlocks], (_, policies, blocks) => cohortContributions(purchaseDaysOf(blocks), calendarOf(policies))),
  ),
  whileApplied('ladder', ofBlocks([purchaseBlocks], lapseContributions)),
  whileApplied('ladder', ofBlocks([purchaseBlocks], customers)),
];

export const churnMeasures: Measures = {
  ...{ customers: [], silent: [], lapsed: [], purchases: [], 'purchase-days': [], contacts: ['channel'], revenue: ['currency'] },
  ...{ 'first-purchases': ['cohort'], active: ['cohort', 'month'] },
};

function customers(churn: ChurnDocument, policies: PolicyHistory, blocks: readonly PurchaseBlock[]): readonly Contribution[] {
  const found: Contribution[] = [];
  for (const { from, to, first, last, departedBy } of untilDeparture(churn, existingOf(blocks), calendarOf(policies)))
    during(found, { measure: 'customers' }, { from, to }, first.purchase.event, departedBy ?? last.endedBy);
  return found;
}

function revenue({ at, currency, minor, event, returns }: Purchase, found: Contribution[], { dayOf }: Calendar): void {
  const series = { measure: 'revenue', currency };
  if (minor !== 0) found.push({ series, day: dayOf(at), amount: minor, events: [event] });
  for (const each of returns ?? [])
    if (each.minor !== 0) found.push({ series, day: dayOf(each.at < at ? at : each.at), amount: -each.minor, events: [each.event] });
}
