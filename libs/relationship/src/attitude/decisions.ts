import { isInternal } from '../contacts/state.js';
import { curatorAt } from '../curation/state.js';
import { dealOf } from '../deals/decisions.js';
import type { DecisionContext } from '../kernel/decider.js';
import { mustBeKnownCurator, mustBeNew, mustExist } from '../kernel/decision.js';
import { emptyIdMap, getId } from '../kernel/id-map.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type {
  AnswerSatisfaction,
  ConvertReferral,
  MakeRecommendation,
  PublishReview,
  RaiseComplaint,
  ResolveComplaint,
} from './commands.js';
import type { AttitudeEvent } from './events.js';

type Decided = readonly AttitudeEvent[];

/** CSAT and CES in their usual forms of five and seven points; NPS after Reichheld (2003). */
const scales = { csat: [1, 5], nps: [0, 10], ces: [1, 7] } as const;

export const answerSatisfaction = (state: ActiveRelationship, body: AnswerSatisfaction, context: DecisionContext): Decided => {
  const { answerId, metric, score, contactId, dealId, caseId, comment } = body;
  mustBeNew(state.attitude.answers, answerId, 'answer-id-taken', 'Answer');
  const [least, most] = scales[metric];
  if (!Number.isInteger(score) || score < least || score > most)
    reject('score-out-of-scale', `A ${metric} score must be a whole number from ${least} to ${most}.`, { metric, least, most });
  mustKnow(state, body, context);
  mustBeKnownCurator(body.curatorId, context);
  const curatorId = body.curatorId ?? curatorAt(state.assignments, context.occurredAt);
  return [{ type: 'satisfaction-answered', data: plain({ answerId, metric, score, contactId, dealId, caseId, curatorId, comment }) }];
};

export const makeRecommendation = ({ attitude }: ActiveRelationship, { recommendationId, note }: MakeRecommendation): Decided => {
  mustBeNew(attitude.recommendations, recommendationId, 'recommendation-id-taken', 'Recommendation');
  return [{ type: 'recommendation-made', data: plain({ recommendationId, note }) }];
};

/** The deal, if any, is in the stream of the customer who was referred. */
export const convertReferral = (
  { attitude }: ActiveRelationship,
  { referralId, referredCustomerId, dealId }: ConvertReferral,
  { otherCustomer }: DecisionContext,
): Decided => {
  mustBeNew(attitude.referrals, referralId, 'referral-id-taken', 'Referral');
  if (otherCustomer === 'same')
    reject('referral-of-self', `Customer ${referredCustomerId} cannot be referred by themselves.`, { referredCustomerId });
  if (otherCustomer === 'unknown')
    reject('referred-customer-unknown', `Customer ${referredCustomerId} does not exist; register the referred customer first.`, {
      referredCustomerId,
    });
  return [{ type: 'referral-converted', data: plain({ referralId, referredCustomerId, dealId }) }];
};

export const publishReview = ({ attitude }: ActiveRelationship, { reviewId, site, rating }: PublishReview): Decided => {
  mustBeNew(attitude.reviews, reviewId, 'review-id-taken', 'Review');
  return [{ type: 'review-published', data: plain({ reviewId, site, rating }) }];
};

export const raiseComplaint = (state: ActiveRelationship, body: RaiseComplaint, context: DecisionContext): Decided => {
  const { complaintId, summary, contactId, dealId, severity } = body;
  mustBeNew(state.attitude.complaints, complaintId, 'complaint-id-taken', 'Complaint');
  mustKnow(state, body, context);
  return [{ type: 'complaint-raised', data: plain({ complaintId, summary, contactId, dealId, severity }) }];
};

export const resolveComplaint = ({ attitude }: ActiveRelationship, { complaintId, resolution }: ResolveComplaint): Decided => {
  if (mustExist(attitude.complaints, complaintId, 'complaint-unknown', 'complaint') === 'resolved')
    reject('complaint-already-resolved', `Complaint ${complaintId} is already resolved.`, { complaintId });
  return [{ type: 'complaint-resolved', data: plain({ complaintId, resolution }) }];
};

/** For the customer there is no contact that was among ourselves. */
const mustKnow = (
  state: ActiveRelationship,
  { contactId, dealId }: { readonly contactId?: string; readonly dealId?: string },
  { actor }: DecisionContext,
): void => {
  const { contacts } = state.contacts;
  if (contactId) {
    const contact = getId(contacts, contactId);
    const isHidden = actor.kind === 'customer' && contact !== undefined && isInternal(contact);
    mustExist(isHidden ? emptyIdMap : contacts, contactId, 'contact-unknown', 'contact');
  }
  if (dealId) dealOf(state, dealId);
};
