import type { DecisionContext, HistoryEvent } from '../kernel/decider.js';
import type { Dated } from '../kernel/event.js';
import { type RejectionCode, reject } from '../kernel/rejections.js';
import { effectiveEvents, isRetraction } from '../kernel/retractions.js';
import { oneMonthAfter } from '../privacy/due.js';
import type { RelationshipEvent } from '../slices.js';
import type { EraseForRetention } from './commands.js';
import { dayOf, plusDays } from './days.js';
import {
  evolveRetained,
  listingFor,
  NOTICE_DAYS,
  nothingRetained,
  obstaclesOf,
  type Retained,
  retentionDue,
  type retentionObstacles,
} from './retained.js';

type Decided = readonly RelationshipEvent[];
type Past = readonly HistoryEvent[];

/** Nothing where the customer is not to be listed, or is already: whoever asks may be late. */
export const listForRetention = (context: DecisionContext, history: Past): Decided => {
  const { due, listing, today, version } = judged(context, history);
  if (due === undefined || due.listOn > today || listing) return [];
  const noticed = plusDays(today, NOTICE_DAYS);
  const eraseOn = due.dueOn > noticed ? due.dueOn : noticed;
  const { code, since, dueOn } = due;
  return [{ type: 'retention-listed', data: { code, policyVersion: version, since: since.at, dueOn, eraseOn } }];
};

/** The policy is the second person: it requests and confirms at once. */
export const eraseForRetention = ({ policyVersion }: EraseForRetention, context: DecisionContext, history: Past): Decided => {
  const { state, listing, today, version, zone } = judged(context, history);
  if (policyVersion !== version || listing === undefined || listing.eraseOn > today)
    return reject('retention-not-due', 'By the policy `retention` that is in force the customer is not listed for erasure by today.', {
      policyVersion: version,
      ...(listing && { eraseOn: listing.eraseOn }),
    });
  const [obstacle] = obstaclesOf(state);
  if (obstacle !== undefined) reject(...rejectionBy[obstacle]);
  return [
    { type: 'erasure-requested', data: { ground: 'no-longer-necessary', dueAt: oneMonthAfter(context.occurredAt, zone) } },
    { type: 'erasure-confirmed', data: {} },
  ];
};

const rejectionBy: Readonly<Record<(typeof retentionObstacles)[number], readonly [code: RejectionCode, message: string]>> = {
  'legal-hold': ['legal-hold-in-force', 'A legal hold is in force; lift it first.'],
  restriction: ['processing-restricted', 'Processing of this customer is restricted; lift the restriction first.'],
  complaint: ['complaint-unresolved', 'A complaint of the customer is open; resolve it first.'],
  'erasure-requested': ['erasure-already-requested', 'Erasure is already requested; confirm or reject it.'],
};

const judged = ({ policies, now }: DecisionContext, history: Past) => {
  const correctedAt = history.findLast(isRetraction)?.recordedAt;
  const state = effectiveEvents(history).reduce<Retained>(
    (folded, event) => evolveRetained(folded, event as unknown as Dated<RelationshipEvent> & { readonly id: string }),
    { ...nothingRetained, ...(correctedAt !== undefined && { correctedAt }) },
  );
  const { zone } = policies.company.at(-1)!.document;
  const due = retentionDue(state, policies);
  const listing = listingFor(state, due, policies);
  return { state, due, listing, today: dayOf(zone, now), zone, version: policies.retention.at(-1)!.version };
};
