import { customerAccess } from './access.js';
import { registerCustomer } from './customer/decisions.js';
import { evolveRelationship, initialRelationship } from './evolve-relationship.js';
import { aggregate, opaqueId } from './kernel/aggregate.js';
import type { DecisionContext } from './kernel/decider.js';
import { mustHaveHappened } from './kernel/decision.js';
import { reject } from './kernel/rejections.js';
import type { ActiveRelationship, Relationship } from './relationship-state.js';
import type { Beginning, Decision } from './slice.js';
import { type RelationshipCommand, type RelationshipEvent, relationshipCommands, relationshipEvents, slices } from './slices.js';
import { RELATIONSHIP } from './streams.js';

/**
 * What a command makes happen to a customer: the events to append, none where everything is already so.
 * An event may lie before others that were recorded earlier: what is expected goes by the order of recording, late events are normal. What
 * stood then, such as the stage of a deal or the curator, goes by the order of time.
 * @throws Rejection with the reason; nothing is to be appended
 */
export const decideRelationship = (
  state: Relationship,
  command: RelationshipCommand,
  context: DecisionContext,
): readonly RelationshipEvent[] => {
  mustBeAllowed(command.name, context);
  if (command.name === 'register-customer') {
    mustNotBeKnown(state);
    mustHaveHappened(context);
    return registerCustomer(command.body, context);
  }
  const active = activeOf(state);
  mustHaveHappened(context);
  return decisions[command.name](active, command.body, context);
};

type OnActive = Exclude<RelationshipCommand, { readonly name: Beginning }>;

const decisions = Object.assign({}, ...Object.values(slices).map((slice) => slice.decisions)) as Readonly<
  Record<OnActive['name'], Decision<unknown, RelationshipEvent>>
>;

const forCustomers: ReadonlySet<string> = new Set(
  relationshipCommands.filter(({ roles }) => roles.includes('customer')).map(({ name }) => name),
);

/** Roles are the rim's business; that a customer acts for itself only is the relationship's. */
const mustBeAllowed = (name: string, { actor }: DecisionContext): void => {
  if (actor.kind === 'customer' && !forCustomers.has(name))
    reject('not-for-customers', `Customers may not execute ${name}.`, { command: name });
};

const mustNotBeKnown = (state: Relationship): void => {
  if (state.status === 'active') reject('customer-already-registered', 'The customer is already registered.');
  if (state.status !== 'unknown') activeOf(state);
};

const activeOf = (state: Relationship): ActiveRelationship => {
  switch (state.status) {
    case 'active':
      return state;
    case 'unknown':
      return reject('customer-unknown', 'The customer does not exist; register the customer first.');
    case 'merged':
      return reject('customer-merged', `The customer was merged into ${state.into}.`, { survivingCustomerId: state.into });
    case 'erased':
      return reject('customer-erased', 'The customer was erased.');
  }
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
  commonRejections: ['not-for-customers', 'customer-unknown', 'customer-merged', 'customer-erased', 'occurred-in-future'],
  decider: { initialState: () => initialRelationship, evolve: evolveRelationship, decide: decideRelationship },
});
