import type { EventLog } from '#event-log';
import { type Outcome, type ProcessHost, type ProcessHostOptions, type ProcessRequest, runProcess } from '#processes';
import type { CommandService } from '../commands/command-service.js';
import { problemOf } from '../problems/problem-of.js';

export interface LetopisProcessOptions<State> extends Omit<ProcessHostOptions<State>, 'log' | 'execute'> {
  readonly log: Pick<EventLog, 'subscribe' | 'readStream' | 'head'>;
  readonly commands: Pick<CommandService, 'execute'>;
}

/** A process whose commands take the one way in. */
export const runLetopisProcess = <State>({ log, commands, ...options }: LetopisProcessOptions<State>): ProcessHost =>
  runProcess({
    ...options,
    log,
    execute: (request) =>
      commands.execute(request).then(({ position }): Outcome => ({ kind: 'accepted', position }), outcomeOf(request, options)),
  });

const outcomeOf =
  ({ name }: ProcessRequest, { logger }: Pick<LetopisProcessOptions<never>, 'logger'>) =>
  (error: unknown): Outcome => {
    const { details, retryAfter, ours } = problemOf(error);
    // An engine is away: nothing is decided, for no target.
    if (retryAfter !== undefined) throw error;
    const code = details.type.slice(details.type.lastIndexOf('/') + 1);
    if (ours) logger.error({ err: error, command: name }, 'a command of a process failed');
    return ours || code === 'event-not-understood' ? { kind: 'stuck', reason: code } : { kind: 'rejected', code };
  };
