import { aggregate } from '../kernel/aggregate.js';
import type { DecisionContext } from '../kernel/decider.js';
import { mustHaveHappened } from '../kernel/decision.js';
import type { TypedEvent } from '../kernel/event.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import { instantOf } from '../kernel/time.js';
import { type PolicyCommand, policyCommands } from './commands.js';
import { faultsOf } from './document-faults.js';
import { type PolicyEvent, policyEvents, policyPublished, policyRegister } from './events.js';
import { BEGINNING, POLICY, type PolicyName, policyNames, timeless } from './policy.js';

/** Version 1 is the built-in default, so a policy is never unknown unless its name is. */
export type PolicyState =
  | { readonly status: 'unknown'; readonly name: string }
  | { readonly status: 'published'; readonly name: PolicyName; readonly version: number };

export const initialPolicy = (name: string): PolicyState => {
  if (!isPolicyName(name)) return { status: 'unknown', name };
  return { status: 'published', name, version: 1 };
};

/** Types that this version does not know leave the state as it is. */
export const evolvePolicy = (state: PolicyState, event: TypedEvent): PolicyState => {
  if (event.type !== policyPublished.type || state.status === 'unknown') return state;
  return { ...state, version: (event as PolicyEvent).data.version };
};

/** @throws Rejection with the reason; nothing is to be appended */
export const decidePolicy = (state: PolicyState, command: PolicyCommand, context: DecisionContext): readonly PolicyEvent[] => {
  if (context.actor.kind === 'customer')
    reject('not-for-customers', `Customers may not execute ${command.name}.`, { command: command.name });
  if (state.status === 'unknown')
    return reject('policy-unknown', `Policy ${state.name} does not exist; the policies are ${policyNames.join(', ')}.`, {
      known: policyNames,
    });
  mustHaveHappened(context);
  const { document, reason } = command.body;
  const faults = faultsOf(state.name, document);
  if (faults.length > 0)
    reject(
      'policy-document-invalid',
      `The ${state.name} document: ${faults.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
      { faults },
    );
  if (timeless.has(state.name) && command.body.effectiveFrom !== undefined)
    reject('policy-timeless', `effectiveFrom must be absent: a version of the policy ${state.name} is in force for all time.`);
  const effectiveFrom = timeless.has(state.name)
    ? BEGINNING
    : command.body.effectiveFrom
      ? instantOf(command.body.effectiveFrom, 'effectiveFrom')
      : context.occurredAt;
  const version = state.version + 1;
  return [{ type: 'policy-published', data: plain({ name: state.name, version, effectiveFrom, document, reason }) }];
};

const isPolicyName = (name: string): name is PolicyName => (policyNames as readonly string[]).includes(name);

export const policy = aggregate({
  category: POLICY,
  subject: 'policy',
  idMember: 'policyName',
  idSchema: { type: 'string', enum: policyNames },
  access: 'roles',
  published: true,
  path: '/policies',
  tag: { name: 'policies', description: 'Versioned rules with parameters' },
  events: policyEvents,
  commands: policyCommands,
  commonRejections: ['not-for-customers', 'occurred-in-future'],
  decider: { initialState: initialPolicy, evolve: evolvePolicy, decide: decidePolicy },
  reference: policyRegister,
});
