import type { CommandRequest, CommandService } from '#platform';
import { commandByName } from '#relationship';
import type { PastCommand } from './company.js';
import { type HistoryOptions, history } from './history.js';

/** A clock that shows the instant of the command that is being told, so that the log looks as if it had been lived. */
export interface PastClock {
  now: number;
}

const ABREAST = 256;

const requestOf = ({ at, occurredAt, name, target, body, actor, key }: PastCommand): CommandRequest => ({
  name,
  body,
  actor,
  targetId: Object.values(target)[0],
  occurredAt: new Date(occurredAt ?? at).toISOString(),
  idempotencyKey: key,
  keyScope: 'demo',
});

/**
 * Tells the whole history to the command service; telling it again appends nothing, so a load that was cut short is simply repeated.
 * Answers how many commands it told until it was at the end, or was stopped.
 * @throws what the first rejected command was rejected with
 */
export const loadHistory = async (
  service: CommandService,
  clock: PastClock,
  options: HistoryOptions,
  signal: AbortSignal,
): Promise<number> => {
  let told = 0;
  let abreast: Promise<unknown>[] = [];
  const settle = async () => {
    await Promise.all(abreast);
    abreast = [];
  };
  for (const command of history(options)) {
    if (signal.aborted) break;
    // What is recorded of staff decides what may be recorded of customers, so the two are not sent side by side.
    const alone = commandByName(command.name)?.aggregate.reference !== undefined;
    if (alone || abreast.length === ABREAST) await settle();
    clock.now = command.at;
    abreast.push(
      service.execute(requestOf(command)).catch((error: unknown) => {
        throw new Error(`The history of the demo was rejected at ${command.name}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }),
    );
    told++;
    if (alone) await settle();
  }
  await settle();
  return told;
};
