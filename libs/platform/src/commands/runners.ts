import { type CommandRunner, createCommandRunner, type EventLog } from '#event-log';
import {
  type Command,
  type CommandDefinition,
  type DecisionContext,
  decideCurator,
  decidePolicy,
  decideRelationship,
  evolveCurator,
  evolvePolicy,
  evolveRelationship,
  initialCurator,
  initialPolicy,
  initialRelationship,
} from '#relationship';
import { currentEvents, eventCatalogue } from '../events/current-events.js';

type Runner = CommandRunner<Command, DecisionContext>;

/** The runner of a target: one for all customers, one for all curators, one a policy, since a policy begins with its name. */
export const createRunners = (log: EventLog, newId: () => string) => {
  const common = { log: currentEvents(log), registry: eventCatalogue, newId };
  const customers = createCommandRunner({
    ...common,
    decider: { initialState: initialRelationship, evolve: evolveRelationship, decide: decideRelationship },
  }) as Runner;
  const curators = createCommandRunner({
    ...common,
    cacheSize: 1_000,
    decider: { initialState: initialCurator, evolve: evolveCurator, decide: decideCurator },
  }) as Runner;
  const policies = new Map<string, Runner>();
  const policyRunner = (name: string): Runner => {
    const known = policies.get(name);
    if (known !== undefined) return known;
    const decider = { initialState: initialPolicy(name), evolve: evolvePolicy, decide: decidePolicy };
    const made = createCommandRunner({ ...common, cacheSize: 1, decider }) as Runner;
    policies.set(name, made);
    return made;
  };
  return (target: CommandDefinition['target'], targetId: string): Runner => {
    if (target === 'customer') return customers;
    return target === 'curator' ? curators : policyRunner(targetId);
  };
};
