import type { EventLog } from '#event-log';
import { type Outcome, type ProcessHost, type ProcessHostOptions, type ProcessRequest, runProcess, type StepOutcome } from '#processes';
import { commandByName, processCommandByName } from '#relationship';
import type { CommandService } from '../commands/command-service.js';
import { problemOf } from '../problems/problem-of.js';

export interface LetopisProcessOptions<State> extends Omit<ProcessHostOptions<State>, 'log' | 'execute' | 'perform'> {
  readonly log: Pick<EventLog, 'subscribe' | 'readStream' | 'head'>;
  readonly commands: Pick<CommandService, 'execute'>;
  /** The steps of the process, which may send commands as it does. */
  readonly steps?: ((execute: Execute) => (step: string, id: string) => Promise<StepOutcome>) | undefined;
}

type Execute = (request: ProcessRequest) => Promise<Outcome>;

/** A process whose commands take the one way in. */
export const runLetopisProcess = <State>({ log, commands, steps, ...options }: LetopisProcessOptions<State>): ProcessHost => {
  const execute: Execute = (request) =>
    commands.execute(request).then(({ position }): Outcome => ({ kind: 'accepted', position }), outcomeOf(request, options));
  return runProcess({ ...options, log, execute, perform: steps?.(execute) });
};

/** Named by the problem, as what failed in another thread has no name here. */
class Hindered extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

const outcomeOf =
  ({ name }: ProcessRequest, { logger }: Pick<LetopisProcessOptions<never>, 'logger'>) =>
  (error: unknown): Outcome => {
    const { details, retryAfter, ours } = problemOf(error);
    const code = details.type.slice(details.type.lastIndexOf('/') + 1);
    // An engine is away: nothing is decided, for no target.
    if (retryAfter !== undefined) throw new Hindered(code, details.detail ?? details.title);
    if (ours) logger.error({ err: error, command: name }, 'a command of a process failed');
    // What the decider said is final; whatever else stood in the way, such as another version of this program, may be gone at the next start.
    const command = commandByName(name) ?? processCommandByName(name);
    return command?.rejections.includes(code) && code !== 'event-not-understood'
      ? { kind: 'rejected', code }
      : { kind: 'stuck', reason: code };
  };
