import { aggregate, opaqueId } from '../kernel/aggregate.js';
import type { DecisionContext } from '../kernel/decider.js';
import { mustHaveHappened } from '../kernel/decision.js';
import type { Fact } from '../kernel/event.js';
import { plain } from '../kernel/plain.js';
import { refuse } from '../kernel/refusals.js';
import { type CuratorCommand, curatorCommands, type DepartCurator, type RegisterCurator } from './commands.js';
import { type CuratorFact, curatorEvents } from './events.js';
import { curatorRegister } from './register.js';

export type Curator =
  | { readonly status: 'unknown' }
  | { readonly status: 'active'; readonly curatorId: string }
  | { readonly status: 'departed'; readonly curatorId: string };

export const initialCurator: Curator = { status: 'unknown' };

/** Types that this version does not know leave the state as it is. */
export const evolveCurator = (state: Curator, fact: Fact): Curator => {
  const { type, data } = fact as CuratorFact;
  switch (type) {
    case 'curator-registered':
      return { status: 'active', curatorId: data.curatorId };
    case 'curator-departed':
      return { status: 'departed', curatorId: data.curatorId };
    default:
      return state;
  }
};

/** @throws Refusal with the reason; nothing is to be appended */
export const decideCurator = (state: Curator, command: CuratorCommand, context: DecisionContext): readonly CuratorFact[] => {
  if (context.actor.kind === 'customer') refuse('not-for-customers', `A customer may not ${command.name}.`, { command: command.name });
  mustHaveHappened(context);
  switch (command.name) {
    case 'register-curator':
      return registerCurator(state, command.body);
    case 'depart-curator':
      return departCurator(state, command.body);
  }
};

/** Whoever departed may come back; whoever works here already may not be registered twice. */
export const registerCurator = (
  state: Curator,
  { curatorId, displayName, supervisorId, team }: RegisterCurator,
): readonly CuratorFact[] => {
  if (state.status === 'active') refuse('curator-already-registered', `Curator ${curatorId} is already registered.`, { curatorId });
  return [{ type: 'curator-registered', data: plain({ curatorId, displayName, supervisorId, team }) }];
};

export const departCurator = (state: Curator, { reason }: DepartCurator): readonly CuratorFact[] => {
  switch (state.status) {
    case 'unknown':
      return refuse('curator-unknown', 'There is no such curator.');
    case 'departed':
      return [];
    case 'active':
      return [{ type: 'curator-departed', data: plain({ curatorId: state.curatorId, reason }) }];
  }
};

export const curator = aggregate({
  category: 'curator',
  subject: 'curator',
  idMember: 'curatorId',
  idSchema: opaqueId,
  access: 'roles',
  published: true,
  path: '/curators',
  tag: { name: 'curators', description: 'Who answers for customers' },
  events: curatorEvents,
  commands: curatorCommands,
  decider: { initialState: () => initialCurator, evolve: evolveCurator, decide: decideCurator },
  reference: curatorRegister,
});
