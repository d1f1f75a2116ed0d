import {
  type CommandRunner,
  type CommandRunnerOptions,
  createCommandRunner,
  type DecidedEvent,
  type Decider,
  type EventLog,
} from '#event-log';
import { type Aggregate, aggregates, type Command, type DecisionContext, effectiveEvents, idOf, isRetraction } from '#relationship';
import { eventCatalogue } from '../events/current-events.js';
import { Problem } from '../problems/problem.js';

type Runner = CommandRunner<Command, DecisionContext>;

/** What is folded of a stream: what is decided on, and who may open it. */
interface Folded {
  readonly state: unknown;
  readonly access: unknown;
}

type FoldedDecider = Decider<Folded, Command, DecidedEvent, DecisionContext>;

/**
 * What is out of reach is answered as if it were not there. A command that creates
 * a record reaches it only where its answer would tell of it: where it is repeated, or expects a revision.
 */
const deciderOf = ({ category, decider, access, commands, idMember }: Aggregate): FoldedDecider => {
  const whole = access === 'roles' ? undefined : access;
  const creating = new Set(commands.filter(({ generatedId }) => generatedId === idMember).map(({ name }) => name));
  const readingHistory = new Set(commands.filter(({ readsHistory }) => readsHistory).map(({ name }) => name));
  return {
    initialState: (stream) => ({ state: decider.initialState(idOf({ category }, stream)), access: whole?.initial }),
    evolve: ({ state, access }, event) => ({ state: decider.evolve(state, event), access: whole?.evolve(access, event) }),
    decide: ({ state }, command, context, history) => decider.decide(state, command, context, history),
    retractions: { isRetraction, effective: effectiveEvents, readsHistory: ({ name }) => readingHistory.has(name) },
    admission(command, { actor, now }) {
      if (!whole?.isScoped(actor)) return undefined;
      return ({ access }, { stream, isRepeated, comparesRevision }) => {
        if (creating.has(command.name) && !isRepeated && !comparesRevision) return;
        if (!whole.mayOpen(access, actor, { id: idOf({ category }, stream), now })) throw new Problem('not-found');
      };
    },
  };
};

/** How much of the streams is kept in memory. */
export type RunnerCache = Pick<CommandRunnerOptions<unknown, never, DecidedEvent, never>, 'cacheSize' | 'cacheEvents'>;

/** One runner an aggregate. */
export const createRunners = (log: EventLog, newId: () => string, cache: RunnerCache = {}) => {
  const common = { log, registry: eventCatalogue, newId, ...cache };
  const runnerOf = (aggregate: Aggregate): Runner => createCommandRunner({ ...common, decider: deciderOf(aggregate) });
  const runners = new Map(aggregates.map((aggregate) => [aggregate.category as string, runnerOf(aggregate)]));
  return ({ category }: Aggregate): Runner => {
    const runner = runners.get(category);
    if (runner === undefined) throw new Error(`the registry has no aggregate ${category}`);
    return runner;
  };
};
