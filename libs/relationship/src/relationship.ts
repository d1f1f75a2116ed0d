import {
  answerSatisfaction,
  convertReferral,
  makeRecommendation,
  publishReview,
  raiseComplaint,
  resolveComplaint,
} from './attitude/decisions.js';
import { commandCatalogue, type RelationshipCommand } from './catalogue.js';
import { cancelContact, completeContact, missContact, planContact, recordContact, rescheduleContact } from './contacts/decisions.js';
import { breakPromise, keepPromise, makePromise } from './contacts/promise-decisions.js';
import { assignCurator } from './curation/decisions.js';
import {
  addIdentifier,
  correctDetails,
  grantConsent,
  recordAcquisition,
  recordProfile,
  registerCustomer,
  removeIdentifier,
  withdrawConsent,
} from './customer/decisions.js';
import { loseDeal, reopenDeal, winDeal } from './deals/closing-decisions.js';
import { changeDealValue, enterStage, makeProposal, openDeal, signContract } from './deals/decisions.js';
import type { RelationshipFact } from './event-definitions.js';
import type { DecisionContext } from './kernel/decider.js';
import { mustHaveHappened } from './kernel/decision.js';
import { refuse } from './kernel/refusals.js';
import { agreePartnership, endPartnership } from './partnership/decisions.js';
import { recordPurchase, returnPurchase } from './purchases/decisions.js';
import type { ActiveRelationship, Relationship } from './relationship-state.js';

/**
 * What a command makes happen to a customer: the facts to append, none where everything is already so.
 * A fact may lie before others that were recorded earlier: what is expected goes by the order of recording, late facts are normal. What
 * stood then, such as the stage of a deal or the curator, goes by the order of time.
 * @throws Refusal with the reason; nothing is to be appended
 */
export const decideRelationship = (
  state: Relationship,
  command: RelationshipCommand,
  context: DecisionContext,
): readonly RelationshipFact[] => {
  mustBeAllowed(command.name, context);
  if (command.name === 'register-customer') {
    mustNotBeKnown(state);
    mustHaveHappened(context);
    return registerCustomer(command.body);
  }
  const active = activeOf(state);
  mustHaveHappened(context);
  return (decisions[command.name] as Decision)(active, command.body, context);
};

type Decision<Body = unknown> = (state: ActiveRelationship, body: Body, context: DecisionContext) => readonly RelationshipFact[];
type OnActive = Exclude<RelationshipCommand, { name: 'register-customer' }>;

const decisions: { readonly [Each in OnActive as Each['name']]: Decision<Each['body']> } = {
  'add-identifier': addIdentifier,
  'remove-identifier': removeIdentifier,
  'record-profile': recordProfile,
  'correct-details': correctDetails,
  'grant-consent': grantConsent,
  'withdraw-consent': withdrawConsent,
  'record-acquisition': recordAcquisition,
  'record-contact': recordContact,
  'plan-contact': planContact,
  'reschedule-contact': rescheduleContact,
  'complete-contact': completeContact,
  'miss-contact': missContact,
  'cancel-contact': cancelContact,
  'make-promise': makePromise,
  'keep-promise': keepPromise,
  'break-promise': breakPromise,
  'open-deal': openDeal,
  'enter-stage': enterStage,
  'change-deal-value': changeDealValue,
  'make-proposal': makeProposal,
  'sign-contract': signContract,
  'win-deal': winDeal,
  'lose-deal': loseDeal,
  'reopen-deal': reopenDeal,
  'record-purchase': recordPurchase,
  'return-purchase': returnPurchase,
  'assign-curator': assignCurator,
  'answer-satisfaction': answerSatisfaction,
  'make-recommendation': makeRecommendation,
  'convert-referral': convertReferral,
  'publish-review': publishReview,
  'raise-complaint': raiseComplaint,
  'resolve-complaint': resolveComplaint,
  'agree-partnership': agreePartnership,
  'end-partnership': endPartnership,
};

const forCustomers: ReadonlySet<string> = new Set(
  commandCatalogue.filter(({ roles }) => roles.includes('customer')).map(({ name }) => name),
);

/** Roles are the rim's business; that a customer acts for itself only is the relationship's. */
const mustBeAllowed = (name: string, { actor }: DecisionContext): void => {
  if (actor.kind === 'customer' && !forCustomers.has(name)) refuse('not-for-customers', `A customer may not ${name}.`, { command: name });
};

const mustNotBeKnown = (state: Relationship): void => {
  if (state.status === 'active') refuse('customer-already-registered', 'The customer is already registered.');
  if (state.status !== 'unknown') activeOf(state);
};

const activeOf = (state: Relationship): ActiveRelationship => {
  switch (state.status) {
    case 'active':
      return state;
    case 'unknown':
      return refuse('customer-unknown', 'There is no such customer; register the customer first.');
    case 'merged':
      return refuse('customer-merged', `The customer was merged into ${state.into}.`, { survivingCustomerId: state.into });
    case 'erased':
      return refuse('customer-erased', 'The customer was erased.');
  }
};
