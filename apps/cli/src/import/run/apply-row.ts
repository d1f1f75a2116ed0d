import { LRUCache } from 'lru-cache';
import type { CommandSink, Outcome } from '../../sink/command-sink.js';
import type { ReadRecord } from '../records/import-record.js';
import { type PlannedCommand } from '../row-commands.js';
import { emptyTally } from './import-tally.js';
import { type RowResult, rejected } from './row-result.js';

/** Remembered so that the thousandth row of a customer does not register him again; forgetting one costs a repeated command, no more. */
const ONCE_KEPT = 200_000;

/**
 * Issues the commands of a row one after another. A row is refused as a whole when the shape of any command is wrong. When a later
 * command is refused by the domain, those before it stand (history is never taken back): the reject names them, and importing the
 * mended row issues only the rest, because each keeps its source.
 */
export function createRowApplier(sink: CommandSink, adviceOnConflict?: (row: ReadRecord['row']) => string) {
  const done = new LRUCache<string, Promise<Outcome>>({ max: ONCE_KEPT });

  /** `first` tells whether this row is the one that issued it. */
  function once(command: PlannedCommand): { outcome: Promise<Outcome>; first: boolean } {
    const key = onceKey(command);
    const before = done.get(key);
    if (before) return { outcome: before, first: false };
    const outcome = sink.execute(command).then((result) => (isConflict(result) ? ({ kind: 'repeated' } as const) : result));
    done.set(key, outcome);
    return { outcome, first: true };
  }

  return async function applyRow(record: ReadRecord, commands: readonly PlannedCommand[]): Promise<RowResult> {
    const tally = { ...emptyTally(), rows: 1, idle: commands.length === 0 ? 1 : 0 };
    // The first that is issued is checked when it is executed, before anything of the row stands.
    const issued = commands.filter((command) => !(command.once && done.has(onceKey(command))));
    for (const command of issued.slice(1)) {
      const problem = sink.problemOf(command);
      if (problem !== undefined) return { tally: { ...tally, rejected: 1 }, reject: rejected(record, `${command.name}: ${problem}`) };
    }
    const applied: string[] = [];
    for (const command of commands) {
      const { outcome, first } = command.once ? once(command) : { outcome: sink.execute(command), first: true };
      const result = await outcome;
      if (first) tally.commands += 1;
      if (result.kind === 'refused' && !command.tolerate.has(result.code)) {
        const reason = (isConflict(result) && adviceOnConflict?.(record.row)) || result.message;
        const reject = rejected(record, `${command.name} was refused (${result.code}): ${reason}`, applied);
        return { tally: { ...tally, rejected: 1, partly: applied.length > 0 ? 1 : 0 }, reject };
      }
      if (!first) continue;
      if (result.kind === 'applied') {
        tally.events += result.events;
        applied.push(command.name);
      } else if (result.kind === 'repeated') {
        tally.repeated += 1;
        if (!command.once) applied.push(command.name);
      } else tally.unchanged += 1;
    }
    return { tally };
  };
}

const onceKey = ({ name, target }: PlannedCommand) => `${name} ${target}`;

/** A command that is issued once has the body of whichever row came first; another row's body is no contradiction. */
const isConflict = (outcome: Outcome) => outcome.kind === 'refused' && outcome.code === 'idempotency-conflict';
