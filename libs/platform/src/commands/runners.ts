import { type CommandRunner, createCommandRunner, type EventLog } from '#event-log';
import { type Aggregate, aggregates, type Command, type DecisionContext, idOf } from '#relationship';
import { currentEvents, eventCatalogue } from '../events/current-events.js';

type Runner = CommandRunner<Command, DecisionContext>;

/** One runner an aggregate. */
export const createRunners = (log: EventLog, newId: () => string) => {
  const common = { log: currentEvents(log), registry: eventCatalogue, newId };
  const runnerOf = ({ category, decider }: Aggregate): Runner =>
    createCommandRunner({
      ...common,
      decider: {
        initialState: (stream) => decider.initialState(idOf({ category }, stream)),
        evolve: (state, event) => decider.evolve(state, event),
        decide: (state, command: Command, context: DecisionContext) => decider.decide(state, command, context),
      },
    });
  const runners = new Map(aggregates.map((aggregate) => [aggregate.category as string, runnerOf(aggregate)]));
  return ({ category }: Aggregate): Runner => {
    const runner = runners.get(category);
    if (runner === undefined) throw new Error(`the registry has no aggregate ${category}`);
    return runner;
  };
};
