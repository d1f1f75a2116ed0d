import type { Command } from 'commander';
import { withoutPassword } from '#platform/configuration/variables.js';
import { moveLog } from '../moving/move-log.js';
import { say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';

interface CopyLogOptions {
  readonly from: string;
  readonly to: string;
  readonly keepOpen?: boolean;
  readonly quiet: string;
}

const help = `
Moves a log to another engine or file: copies every event as it is stored, compares both logs, closes the source with the event
log-closed, copies what came until then, and compares again. No event changes: ids, hashes and recorded times stay; positions are new.
The source stays readable. The target must be empty, or hold what an earlier run copied: run again, the command continues.

The source may be in use while the copy is made; a file that one process writes can be closed only when that process has stopped.
Afterwards set EVENT_LOG_URL to the target, copy the key store if the data folder changes, and start: the views are built from the new log.
The relay continues after the event that it published last.

Examples:
  letopis copy-log --from sqlite:data/chronicle.sqlite --to 'esdb://db.example:2113?tls=true#letopis'
  letopis copy-log --from 'esdb://db.example:2113#letopis' --to sqlite:/srv/letopis/chronicle.sqlite
  letopis copy-log --from sqlite:data/chronicle.sqlite --to sqlite:/backup/chronicle.sqlite --keep-open`;

export function define(command: Command): void {
  command
    .description('Move a log to another engine or file.')
    .requiredOption('--from <url>', 'the log to copy, as EVENT_LOG_URL names it')
    .requiredOption('--to <url>', 'the log to copy to; empty, or the result of an earlier run')
    .option('--keep-open', 'copy and compare only; do not close the source')
    .option('--quiet <seconds>', 'of a log with several writers: end when nothing was appended for so long', '60')
    .addHelpText('after', help)
    .action(
      action(({ keepOpen = false, ...options }: CopyLogOptions) =>
        moveLog({
          ...{ by: 'copy-log', keepOpen, ...options },
          finished: (_, to) =>
            say(
              keepOpen ? 'the source is still open: this copy ends here' : `set EVENT_LOG_URL to ${withoutPassword(to)} and start the API`,
            ),
        }),
      ),
    );
}
