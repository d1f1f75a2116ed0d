import { type EventLog, EventLogUnavailable } from '#event-log';
import { type CommandService, Problem, problemOf, readCommandBody } from '#platform';
import { commandByName } from '#relationship';
import type { Chronicle } from '../chronicle/open-chronicle.js';
import type { CommandSink, Outcome, RowCommand } from './command-sink.js';
import { ownForeignKeyIds } from './foreign-key-ids.js';
import { inProcessImportLog } from './in-process-import-log.js';
import { inSentence, rejected } from './problem-sentence.js';

/**
 * Commands go straight to the command service of this process.
 * @param base holds what was recorded before; the log itself unless this is a rehearsal
 */
export async function inProcessSink(
  { service, derivedIds, log, policies, keys }: Pick<Chronicle, 'service' | 'derivedIds' | 'log' | 'policies' | 'keys'>,
  close: () => Promise<void>,
  base: Pick<EventLog, 'readAll'> = log,
): Promise<CommandSink> {
  const ids = await derivedIds().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    problemOf: bodyProblem,
    execute: (command) => executeInProcess(service, command),
    imports: inProcessImportLog(service, log, base, { policies, keys }),
    foreignKeyIds: ownForeignKeyIds(ids),
    close,
  };
}

/** Checked as the command service will check it. */
export function bodyProblem({ name, body }: RowCommand): string | undefined {
  const definition = commandByName(name);
  if (!definition) return 'unknown command';
  try {
    readCommandBody(definition.body, body as Readonly<Record<string, unknown>>);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return inSentence(problemOf(error).details);
    throw error;
  }
}

async function executeInProcess(
  service: CommandService,
  { name, target, body, occurredAt, source, formerly, append }: RowCommand,
): Promise<Outcome> {
  try {
    const actor = { kind: 'import', id: source.system } as const;
    const keyScope = `import:${source.system}`;
    const answer = await service.execute({
      name,
      targetId: target,
      body,
      occurredAt,
      source,
      ...(formerly !== undefined && { formerly: { system: source.system, id: formerly } }),
      actor,
      keyScope,
      remember: false,
      append,
    });
    if (answer.replayed) return { kind: 'repeated' };
    return answer.events.length > 0 ? { kind: 'applied', events: answer.events.length } : { kind: 'unchanged' };
  } catch (error) {
    if (error instanceof EventLogUnavailable) throw error;
    const { details, ours, retryAfter } = problemOf(error);
    // Where an event of a policy or curator is not understood, no row can be decided.
    if (ours || (details.status === 409 && retryAfter !== undefined)) throw error;
    return rejected(details);
  }
}
