import { LRUCache } from 'lru-cache';
import type { CommandSink, Outcome } from '../../sink/command-sink.js';
import type { ImportMemory } from '../memory/import-memory.js';
import type { RowImport } from '../memory/row-import.js';
import type { ReadRecord } from '../records/import-record.js';
import type { PlannedCommand } from '../row-commands.js';
import { emptyTally } from './import-tally.js';
import { type RowResult, rejected } from './row-result.js';

/** Remembered so that the thousandth row of a customer does not register him again; forgetting one costs a repeated command, no more. */
const ONCE_KEPT = 200_000;

/** What came of a command; `remembered` is durable before anything that depends on it may follow. */
interface Issued {
  readonly outcome: Outcome | { readonly kind: 'recalled' };
  readonly remembered?: Promise<void>;
}

export interface AppliedRow {
  readonly result: RowResult;
  /** Before it resolves the row is not settled, and the next row of its customers must wait. */
  readonly remembered?: Promise<void> | undefined;
}

type Parked = <Result>(wait: Promise<Result>) => Promise<Result>;

export interface RowApplierOptions {
  readonly sink: CommandSink;
  readonly memory: ImportMemory;
  readonly adviceOnConflict?: ((row: ReadRecord['row']) => string) | undefined;
}

/**
 * Issues the commands of a row one after another. A row is refused as a whole when the shape of any command is wrong. When a later
 * command is refused by the domain, those before it stand (history is never taken back): the reject names them, and importing the
 * mended row issues only the rest, because each keeps its source.
 *
 * A command that changed nothing leaves no trace in the stream that it was decided on, so it is remembered before the next one is issued:
 * decided again on what came later, it might change something.
 */
export function createRowApplier({ sink, memory, adviceOnConflict }: RowApplierOptions) {
  const done = new LRUCache<string, Promise<Issued['outcome']>>({ max: ONCE_KEPT });

  async function issue(command: PlannedCommand): Promise<Issued> {
    const known = memory.recall(command);
    if (known === 'unchanged') return { outcome: { kind: 'recalled' } };
    if (known === 'otherwise') return { outcome: conflict };
    const outcome = await sink.execute(command);
    if (isConflict(outcome)) return { outcome: command.once ? { kind: 'repeated' } : outcome };
    return isUnchanged(outcome, command) ? { outcome, remembered: memory.remember(command) } : { outcome };
  }

  /** `first` tells whether this row is the one that issued it. */
  async function once(command: PlannedCommand, parked: Parked): Promise<{ outcome: Issued['outcome']; first: boolean }> {
    const key = onceKey(command);
    const before = done.get(key);
    if (before) return { outcome: await parked(before), first: false };
    const issued = issue(command);
    // Others wait for it too, and none of them may go on before it is remembered.
    const outcome = issued.then(async ({ outcome: of, remembered }) => (remembered ? parked(remembered).then(() => of) : of));
    done.set(key, outcome);
    return { outcome: await outcome, first: true };
  }

  return async function applyRow(
    record: ReadRecord,
    of: RowImport,
    commands: readonly PlannedCommand[],
    parked: Parked,
  ): Promise<AppliedRow> {
    const tally = { ...emptyTally(), rows: 1, idle: commands.length === 0 ? 1 : 0 };
    // The first that is issued is checked when it is executed, before anything of the row stands.
    const issued = commands.filter((command) => !(command.once && done.has(onceKey(command))));
    for (const command of issued.slice(1)) {
      const problem = sink.problemOf(command);
      if (problem !== undefined)
        return { result: { tally: { ...tally, rejected: 1 }, reject: rejected(record, of.reference, `${command.name}: ${problem}`) } };
    }
    const applied: string[] = [];
    const unchanged: PlannedCommand[] = [];
    let remembered: Promise<void> | undefined;
    for (const command of commands) {
      if (remembered) await parked(remembered);
      remembered = undefined;
      const step: Issued & { first: boolean } = command.once ? await once(command, parked) : { ...(await issue(command)), first: true };
      const { outcome, first } = step;
      remembered = step.remembered;
      if (first) tally.commands += 1;
      if (outcome.kind === 'refused' && !command.tolerate.has(outcome.code)) {
        const reason = (isConflict(outcome) && adviceOnConflict?.(record.row)) || outcome.message;
        const reject = rejected(record, of.reference, `${command.name} was refused (${outcome.code}): ${reason}`, applied);
        const result = { tally: { ...tally, rejected: 1, partly: applied.length > 0 ? 1 : 0 }, reject };
        return { result, remembered: memory.keepContents(unchanged) };
      }
      if (!first) continue;
      if (outcome.kind === 'applied') {
        tally.events += outcome.events;
        applied.push(command.name);
      } else if (outcome.kind === 'repeated') {
        tally.repeated += 1;
        if (!command.once) applied.push(command.name);
      } else {
        unchanged.push(command);
        if (outcome.kind === 'recalled') tally.repeated += 1;
        else tally.unchanged += 1;
      }
    }
    return { result: { tally }, remembered };
  };
}

const onceKey = ({ name, target }: PlannedCommand) => `${name} ${target}`;

const conflict: Outcome = { kind: 'refused', code: 'idempotency-conflict', message: 'it was issued before with other content' };

/** A command that is issued once has the body of whichever row came first; another row's body is no contradiction. */
const isConflict = (outcome: Outcome) => outcome.kind === 'refused' && outcome.code === 'idempotency-conflict';

/** Accepted and changed nothing, or rejected for a reason that means the same. */
const isUnchanged = (outcome: Outcome, { tolerate }: PlannedCommand) =>
  outcome.kind === 'unchanged' || (outcome.kind === 'refused' && tolerate.has(outcome.code));
