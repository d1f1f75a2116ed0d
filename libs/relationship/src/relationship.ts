import { customerAccess } from './access.js';
import { type CorrectingEvent, correctEvent, retractEvent } from './corrections/decisions.js';
import { registerCustomer } from './customer/decisions.js';
import { activeOf, decideOnActive } from './decide-on-active.js';
import { evolveRelationship, initialRelationship } from './evolve-relationship.js';
import { aggregate, opaqueId } from './kernel/aggregate.js';
import type { CommandDefinition, DecisionContext, HistoryEvent } from './kernel/decider.js';
import { mustHaveHappened } from './kernel/decision.js';
import { reject } from './kernel/rejections.js';
import {
  completeErasure,
  disclosePublishingKey,
  eraseMergedCustomer,
  giveErasureReceipt,
  markReceiptOverdue,
  mustNotBeRestricted,
  releaseAccess,
} from './privacy/decisions.js';
import type { Relationship } from './relationship-state.js';
import { eraseForRetention, listForRetention } from './retention/decisions.js';
import { type RelationshipCommand, type RelationshipEvent, relationshipCommands, relationshipEvents } from './slices.js';
import { RELATIONSHIP } from './streams.js';

/**
 * What a command makes happen to a customer: the events to append, none where everything is already so.
 * An event may lie before others that were recorded earlier: what is expected goes by the order of recording, late events are normal. What
 * stood then, such as the stage of a deal or the curator, goes by the order of time.
 * @param history all that was recorded of the customer; there for the commands that read it
 * @throws Rejection with the reason; nothing is to be appended
 */
export const decideRelationship = (
  state: Relationship,
  command: RelationshipCommand,
  context: DecisionContext,
  history: readonly HistoryEvent[] = [],
): readonly (RelationshipEvent | CorrectingEvent)[] => {
  mustBeAllowed(command.name, context);
  if (command.name === 'register-customer') {
    mustNotBeKnown(state, context);
    mustHaveHappened(context);
    return registerCustomer(command.body, context);
  }
  switch (command.name) {
    case 'erase-merged-customer':
      return eraseMergedCustomer(state, command.body, context);
    case 'complete-erasure':
      return completeErasure(state, command.body);
    case 'give-erasure-receipt':
      return giveErasureReceipt(state, context);
    case 'mark-receipt-overdue':
      return markReceiptOverdue(state, command.body, context);
    case 'disclose-publishing-key':
      return disclosePublishingKey(state.status === 'merged' ? state.before : activeOf(state), command.body, context);
  }
  const active = activeOf(state);
  mustNotBeRestricted(active, definitions.get(command.name)!, context);
  mustHaveHappened(context);
  switch (command.name) {
    case 'retract-event':
      return retractEvent(command.body, context, history);
    case 'correct-event':
      return correctEvent(command.body, context, history);
    case 'list-for-retention':
      return listForRetention(context, history);
    case 'erase-for-retention':
      return eraseForRetention(command.body, context, history);
    case 'release-access':
      return releaseAccess(active, command.body, history);
    default:
      return decideOnActive(active, command, context);
  }
};

const definitions: ReadonlyMap<string, CommandDefinition> = new Map(relationshipCommands.map((each) => [each.name, each]));

const forCustomers: ReadonlySet<string> = new Set(
  relationshipCommands.filter(({ roles }) => roles.includes('customer')).map(({ name }) => name),
);

/** Roles are the rim's business; that a customer acts for itself only is the relationship's. */
const mustBeAllowed = (name: string, { actor }: DecisionContext): void => {
  if (actor.kind === 'customer' && !forCustomers.has(name))
    reject('not-for-customers', `Customers may not execute ${name}.`, { command: name });
};

/** Whoever does not see all customers is not told what became of the one who has the id. */
const mustNotBeKnown = (state: Relationship, { actor }: DecisionContext): void => {
  if (state.status === 'active' || (state.status !== 'unknown' && customerAccess.isScoped(actor)))
    reject('customer-already-registered', 'The customer is already registered.');
  if (state.status !== 'unknown') activeOf(state);
};

export const relationship = aggregate({
  category: RELATIONSHIP,
  subject: 'customer',
  idMember: 'customerId',
  idSchema: opaqueId,
  access: customerAccess,
  published: true,
  path: '/customers',
  tag: { name: 'commands', description: 'What happened with a customer: one event each' },
  events: relationshipEvents,
  commands: relationshipCommands,
  commonRejections: [
    'not-for-customers',
    'customer-unknown',
    'customer-merged',
    'customer-erased',
    'processing-restricted',
    'occurred-in-future',
  ],
  decider: { initialState: () => initialRelationship, evolve: evolveRelationship, decide: decideRelationship },
});
