import { commandIdOf } from '#platform';
import { formatContents, formatRows, type ImportSourceEvent } from '#relationship';
import type { ImportLog } from '../../sink/import-log.js';
import { unavailable } from '../../terminal/cli-error.js';
import type { PlannedCommand } from '../row-commands.js';
import { createGroupCommit } from './group-commit.js';
import type { ImportHistory } from './import-history.js';
import { importSourceIdOf } from './import-identity.js';
import { contentHashOf, createKnownCommands, idHashOf } from './known-commands.js';
import { merged } from './known-rows.js';
import type { CommandPlace } from './row-import.js';

/** What imports did that left no trace in the streams that were decided on: commands that changed nothing, and tolerated rejections. */
export interface ImportMemory {
  /** `otherwise`: the command is remembered, but said something else. */
  recall(command: PlannedCommand): 'new' | 'unchanged' | 'otherwise';
  /** Durable when it resolves, which may wait for `flush`. */
  remember(command: PlannedCommand): Promise<void>;
  /** The row was rejected after these commands of it were remembered: what they said is kept, for it may be mended. */
  keepContents(commands: readonly PlannedCommand[]): Promise<void>;
  flush(): void;
}

/** The stream of the imports under a mapping, at the revision up to which this import knows it. */
export interface ImportStream {
  readonly history: ImportHistory;
  /** @throws CliError where another import went on with the stream meanwhile */
  execute(name: string, body: object): Promise<void>;
}

/** Most commands of one event. */
const MOST = 10_000;

interface RowEntry {
  readonly place: CommandPlace;
  /** 8 hex digits. */
  readonly content?: string;
}

interface CommandEntry {
  readonly id: Buffer;
  readonly content: Buffer;
}

/** Reads what the imports of the system remember. @throws CliError */
export async function openImportMemory(log: ImportLog, system: string, { history, execute }: ImportStream): Promise<ImportMemory> {
  const target = importSourceIdOf(system);
  const known = createKnownCommands();
  for await (const { data } of log.readBackwards('import-source', target)) {
    const { commands, contents } = data as ImportSourceEvent['data'];
    known.add(Buffer.from(commands, 'base64'), Buffer.from(contents, 'base64'));
  }

  const rows = createGroupCommit<RowEntry>(MOST, async (entries) => {
    for (const [number, of] of Map.groupBy(entries, ({ place }) => place.number)) {
      const ranges = merged(of.map(({ place: { index, after, row } }) => ({ index, from: after + 1, to: row })));
      const contents = of.flatMap(({ place: { index, row }, content }) => (content === undefined ? [] : [{ index, row, hash: content }]));
      const body = { number, rows: formatRows(ranges), ...(contents.length > 0 && { contents: formatContents(contents) }) };
      await execute('remember-import-rows', body);
      history.rowsOf(number).add(ranges);
    }
  });

  const commands = createGroupCommit<CommandEntry>(MOST, async (entries) => {
    const ids = Buffer.concat(entries.map(({ id }) => id));
    const contents = Buffer.concat(entries.map(({ content }) => content));
    const body = { commands: ids.toString('base64'), contents: contents.toString('base64') };
    const result = await log.execute({ name: 'remember-import-commands', target, body, system });
    if (result.kind === 'refused') throw unavailable(`what changed nothing cannot be remembered: ${result.message}`);
    known.add(ids, contents);
  });

  const contentOf = (command: PlannedCommand) => contentHashOf(command).toString('hex');
  const idOf = (command: PlannedCommand) => idHashOf(commandIdOf(command.name, command.source));

  function rememberContent(place: CommandPlace, command: PlannedCommand): Promise<void> {
    const content = contentOf(command);
    history.setContent(place, content);
    return rows.add({ place, content });
  }

  return {
    recall(command) {
      const { place } = command;
      if (place) {
        if (!history.rowsOf(place.number).has(place.index, place.row)) return 'new';
        const said = history.contentOf(place);
        // What a row said is kept when it is rejected, so without that a mended row is another one than the one that was remembered.
        if (said === undefined) return place.mended ? 'otherwise' : 'unchanged';
        return said === contentOf(command) ? 'unchanged' : 'otherwise';
      }
      if (known.size === 0) return 'new';
      const said = known.contentOf(idOf(command));
      if (said === undefined) return 'new';
      return command.once || said.equals(contentHashOf(command)) ? 'unchanged' : 'otherwise';
    },
    remember(command) {
      const { place } = command;
      if (!place) return commands.add({ id: idOf(command), content: contentHashOf(command) });
      return place.mended ? rememberContent(place, command) : rows.add({ place });
    },
    async keepContents(remembered) {
      const kept = remembered.flatMap((command) => {
        const { place } = command;
        return place && history.contentOf(place) === undefined ? [rememberContent(place, command)] : [];
      });
      await Promise.all(kept);
    },
    flush() {
      rows.flush();
      commands.flush();
    },
  };
}
