import { AppendUnknown, EventLogUnavailable } from '#event-log';
import {
  type CommandAnswer,
  type CommandService,
  type Configuration,
  ErrorElsewhere,
  type Logger,
  type Metrics,
  type ProblemDetails,
  problemType,
  type References,
} from '#platform';
import { commandByName } from '#relationship';
import { CannotStart, programOf, startThread, ThreadAway, type ThreadHost } from '../threads/thread-host.js';
import type { CommandsReport, CommandsWorkerData } from '../threads/thread-messages.js';
import { startErrorOf } from './start-errors.js';

export interface CommandThread extends ThreadHost, CommandService {
  /** Under which keys stored fingerprints were met that are not in the key store. */
  missingKeys(): readonly string[];
  /** Whether the secret of the fingerprints could be neither read nor made when it began. */
  beganWithoutSecret(): boolean;
}

/**
 * Commands are validated, decided and appended in a thread of their own, so that the thread of the requests has HTTP alone to do.
 * It is the one that writes the log.
 * @throws as `startErrors` lists
 */
export const startCommandThread = async (
  { eventLogUrl, keyStoreUrl, subjectKeys, logLevel }: Configuration,
  metrics: Pick<Metrics, 'appended'>,
  logger: Logger,
  onProblem: (problem: ProblemDetails) => void,
): Promise<CommandThread> => {
  const workerData: CommandsWorkerData = { eventLogUrl, keyStoreUrl, subjectKeys, logLevel };
  const missing = new Set<string>();
  let withoutSecret = false;
  const onReport = (report: unknown) => {
    const { seconds, missingKeys = [], ...began } = report as CommandsReport;
    withoutSecret ||= began.withoutSecret === true;
    for (const one of seconds) metrics.appended(one);
    for (const key of missingKeys) missing.add(key);
  };
  const failed = (failure: unknown) => {
    const key = missingKeyOf(failure);
    if (key !== undefined) missing.add(key);
    if (failure instanceof ErrorElsewhere) onProblem(failure.problem.details);
    return throwSent(failure);
  };
  const program = programOf('commands.worker');
  const thread = startThread({ name: 'thread of the commands', program, workerData, onReport }, logger);
  await thread.started.catch(async (error) => {
    await thread.stop();
    throw error instanceof CannotStart ? startErrorOf(error.error, error.message) : error;
  });
  return {
    state: thread.state,
    stalledBy: thread.stalledBy,
    stop: thread.stop,
    missingKeys: () => [...missing],
    beganWithoutSecret: () => withoutSecret,
    execute: (request) => thread.ask(JSON.stringify(request)).then(readAnswer, failed),
  };
};

const readAnswer = (answer: unknown): CommandAnswer => JSON.parse(answer as string) as CommandAnswer;

const missingKeyOf = (failure: unknown): string | undefined => {
  if (!(failure instanceof ErrorElsewhere)) return undefined;
  const { type, key } = failure.problem.details;
  return type === problemType('fingerprint-key-missing') ? String(key) : undefined;
};

const throwSent = (failure: unknown): never => {
  if (!(failure instanceof ThreadAway)) throw failure;
  throw failure.asked ? new AppendUnknown(failure.message) : new EventLogUnavailable(failure.message);
};

/** Whoever was answered finds the policy or the curator in the references of this thread too. */
export const readingItsOwn = (commands: CommandService, references: Pick<References, 'of'>): CommandService => ({
  execute(request) {
    const answered = commands.execute(request);
    const aggregate = commandByName(request.name)?.aggregate;
    const reference = aggregate && references.of(aggregate);
    return reference ? answered.then((answer) => reference.reached(answer.position).then(() => answer)) : answered;
  },
});
