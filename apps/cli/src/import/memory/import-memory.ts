import { plainCommandIdOf } from '#platform';
import { formatContents, formatRows, type ImportSourceEvent } from '#relationship';
import type { ImportLog } from '../../sink/import-log.js';
import { unavailable } from '../../terminal/cli-error.js';
import type { ReadRecord } from '../records/import-record.js';
import type { PlannedCommand } from '../row-commands.js';
import { createGroupCommit } from './group-commit.js';
import { formerHash, type ImportHash } from './import-hashes.js';
import type { ImportHistory } from './import-history.js';
import { importSourceIdOf } from './import-identity.js';
import { contentHashOf, createKnownCommands, idHashOf } from './known-commands.js';
import { merged } from './known-rows.js';
import type { CommandSlot, RowImport } from './row-import.js';

/**
 * What imports did that left no trace in the streams that were decided on: commands that changed nothing, tolerated rejections, and rows
 * that were rejected.
 */
export interface ImportMemory {
  /** `otherwise`: the command is remembered, but said something else. */
  recall(command: PlannedCommand): 'new' | 'unchanged' | 'otherwise';
  /** Durable when it resolves, which may wait for `flush`. */
  remember(command: PlannedCommand): Promise<void>;
  /**
   * The row was rejected at the command of this slot; `unchanged` are those before it that changed nothing: what they said is kept, for it
   * may be mended. A row that was mended already is not remembered: it is tried as often as it comes.
   * @param targets of all commands of the row
   */
  reject(slot: CommandSlot, unchanged: readonly PlannedCommand[], targets: readonly string[]): Promise<void> | undefined;
  /** At this command or one before it, or at any. A row that was mended was not. */
  wasRejected(of: Pick<RowImport, 'number'>, row: Pick<ReadRecord['row'], 'line' | 'row' | 'mended'>, at?: number): boolean;
  /** Resolves when all that is remembered of these targets is durable; undefined where it is already. */
  pending(targets: readonly string[]): Promise<void> | undefined;
  flush(): void;
}

/** The stream of the imports under a mapping. */
export interface ImportStream {
  readonly history: ImportHistory;
  readonly hash: ImportHash;
  /** Remembers rows. @throws CliError where another import went on with the stream meanwhile */
  remember(body: object): Promise<void>;
}

/** Most entries of one append, and so most commands of one event. */
const MOST = 10_000;

interface RowEntry {
  readonly kind: 'unchanged' | 'rejected';
  readonly slot: CommandSlot;
  /** 8 hex digits. */
  readonly content?: string;
}

interface CommandEntry {
  readonly kind: 'command';
  readonly id: Buffer;
  readonly content: Buffer;
}

/** Reads what the imports of the system remember. @throws CliError */
export async function openImportMemory(log: ImportLog, system: string, { history, hash, remember }: ImportStream): Promise<ImportMemory> {
  const target = importSourceIdOf(system);
  const known = createKnownCommands();
  const formerlyKnown = createKnownCommands();
  for await (const { data } of log.readBackwards('import-source', target)) {
    const { hashes, commands, contents } = data as ImportSourceEvent['data'];
    (hashes ? known : formerlyKnown).add(Buffer.from(commands, 'base64'), Buffer.from(contents, 'base64'));
  }

  async function appendRows(number: number, entries: readonly RowEntry[]): Promise<void> {
    const rangesOf = (kind: RowEntry['kind']) => {
      const slots = entries.filter((entry) => entry.kind === kind).map(({ slot: { index, from, to } }) => ({ index, from, to }));
      return merged(slots);
    };
    const [unchanged, rejected] = [rangesOf('unchanged'), rangesOf('rejected')];
    const contents = entries.flatMap(({ slot: { index, row }, content }) => (content === undefined ? [] : [{ index, row, hash: content }]));
    await remember({
      number,
      ...(unchanged.length > 0 && { rows: formatRows(unchanged) }),
      ...(rejected.length > 0 && { rejected: formatRows(rejected) }),
      ...(contents.length > 0 && { contents: formatContents(contents) }),
    });
    history.unchanged(number).add(unchanged);
    history.rejected(number).add(rejected);
  }

  async function appendCommands(entries: readonly CommandEntry[]): Promise<void> {
    const ids = Buffer.concat(entries.map(({ id }) => id));
    const contents = Buffer.concat(entries.map(({ content }) => content));
    const body = { hashes: 'hmac', commands: ids.toString('base64'), contents: contents.toString('base64') };
    const result = await log.execute({ name: 'remember-import-commands', target, body, system });
    if (result.kind === 'rejected') throw unavailable(`cannot record which commands changed nothing: ${result.message}`);
    known.add(ids, contents);
  }

  // One for both streams, so that what is durable is always the beginning of what was added.
  const group = createGroupCommit<RowEntry | CommandEntry>(MOST, async (entries) => {
    const rows = entries.filter((entry) => entry.kind !== 'command');
    const commands = entries.filter((entry) => entry.kind === 'command');
    if (commands.length > 0) await appendCommands(commands);
    for (const [number, of] of Map.groupBy(rows, ({ slot }) => slot.number)) await appendRows(number, of);
    // Another run reads the stream of the imports first: it either finds these commands afterwards, or is not at the revision that it read.
    if (log.shared && rows.length === 0) await remember({ number: history.last });
  });

  const contentOf = (command: PlannedCommand, by = hash) => contentHashOf(by, command).toString('hex');
  // Of the memory alone, and of a source that names a row or opaque ids: whatever ids of the chronicle are derived by.
  const commandIdOf = (command: PlannedCommand) => plainCommandIdOf(command.name, command.source);

  /** Whether it said the same when it was remembered; undefined where it was not. */
  function isSame(command: PlannedCommand): boolean | undefined {
    if (known.size === 0 && formerlyKnown.size === 0) return undefined;
    const id = commandIdOf(command);
    for (const [commands, by] of [
      [known, hash],
      [formerlyKnown, formerHash],
    ] as const) {
      const said = commands.size === 0 ? undefined : commands.contentOf(idHashOf(by, id));
      if (said !== undefined) return command.once || said.equals(contentHashOf(by, command));
    }
    return undefined;
  }

  function rememberContent(slot: CommandSlot, command: PlannedCommand): Promise<void> {
    const content = contentOf(command);
    history.setContent(slot, { hash: content, formerly: false });
    return group.add({ kind: 'unchanged', slot, content }, [command.target]);
  }

  return {
    recall(command) {
      const { slot } = command;
      if (slot) {
        if (!history.unchanged(slot.number).has(slot.index, slot.row)) return 'new';
        const said = history.contentOf(slot);
        // What a row said is kept when it is rejected, so without that a mended row is another one than the one that was remembered.
        if (said === undefined) return slot.mended ? 'otherwise' : 'unchanged';
        return said.hash === contentOf(command, said.formerly ? formerHash : hash) ? 'unchanged' : 'otherwise';
      }
      const same = isSame(command);
      if (same === undefined) return 'new';
      return same ? 'unchanged' : 'otherwise';
    },
    remember(command) {
      const { slot, target: of } = command;
      if (!slot)
        return group.add({ kind: 'command', id: idHashOf(hash, commandIdOf(command)), content: contentHashOf(hash, command) }, [of]);
      return slot.mended ? rememberContent(slot, command) : group.add({ kind: 'unchanged', slot }, [of]);
    },
    reject(slot, unchanged, targets) {
      const kept = unchanged.flatMap((command) =>
        command.slot && history.contentOf(command.slot) === undefined ? [rememberContent(command.slot, command)] : [],
      );
      return slot.mended ? kept.at(-1) : group.add({ kind: 'rejected', slot }, targets);
    },
    wasRejected: ({ number }, { line, row = line, mended }, at) => !mended && history.rejected(number).hasAny(row, at),
    pending: group.pending,
    flush: group.flush,
  };
}
