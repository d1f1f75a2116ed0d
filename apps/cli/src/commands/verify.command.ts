import type { Command } from 'commander';
import { type Fault, faults } from '#event-log/verifying/verify-event.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { onInterruption } from '../terminal/interruption.js';
import { printJson, printLine, say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';

interface VerifyOptions {
  readonly json?: boolean;
}

const help = `
Verifies that the body of every event has the stored hash and names the stream and the revision where it is, that none is missing between
two others, and that each was appended after the one before it. Works beside a running server, up to the last event at the start.
Each event that fails is printed as one line on standard output; the exit code is then 1.

This proves content and order within a stream, not the order between streams. That the last events of a stream or all of it were removed
is detected by the missing positions only, and not if they were the last of the log or later events were moved up. Nor does it detect that a
log was rewritten as a whole, hashes included: compare with a backup, or with a hash that somebody else keeps (reconcile). Events of before version 2 of the envelope are not chained.

Examples:
  letopis verify
  letopis verify --json`;

export function define(command: Command): void {
  command
    .description('Verify the hash of every event of the log.')
    .option('--json', 'print the result as JSON on standard output')
    .addHelpText('after', help)
    .action(action(verify));
}

/** So many events that do not verify are listed in JSON, which is one answer. */
const MOST_LISTED = 1_000;

async function verify({ json = false }: VerifyOptions): Promise<ExitCode> {
  const { openForReading } = await import('../chronicle/open-for-reading.js');
  const { verifyLog } = await import('#event-log');
  const log = await openForReading();
  const interruption = onInterruption();
  const showProgress = createProgress();
  const listed: Fault[] = [];
  let [events, streams, wrong] = [0, 0, 0];
  try {
    const upTo = await log.head();
    for await (const step of verifyLog(log, upTo)) {
      ({ events, streams } = step);
      wrong += step.faults.length;
      if (json) listed.push(...step.faults.slice(0, MOST_LISTED - listed.length));
      else for (const fault of step.faults) await printLine(lineOf(fault));
      if (interruption.signal.aborted) break;
      showProgress(events);
    }
    if (interruption.signal.aborted) {
      say(`interrupted after ${count(events)} events; ${count(wrong)} of them failed verification`);
      return exitCode.interrupted;
    }
    if (json) await printJson({ upTo, events, streams, wrong, faults: listed });
    else
      say(`${count(events)} events of ${count(streams)} streams: ${wrong === 0 ? 'all verified' : `${count(wrong)} failed verification`}`);
    return wrong === 0 ? exitCode.ok : exitCode.partly;
  } finally {
    interruption.release();
    await log.close();
  }
}

const lineOf = ({ position, stream, revision, codes }: Fault): string => {
  const place = stream === null ? `position ${position}` : `position ${position}, revision ${revision} of ${stream}`;
  return `${place}: ${codes.map((code) => faults[code]).join('; ')}`;
};

const count = (of: number): string => of.toLocaleString('en');

const SHOW_EVERY_MS = 500;

/** On standard error and only where a person looks at it; the next line that is said takes its place. */
function createProgress(): (events: number) => void {
  let shown = performance.now();
  return (events) => {
    if (!process.stderr.isTTY || performance.now() - shown < SHOW_EVERY_MS) return;
    shown = performance.now();
    process.stderr.write(`${count(events)} events verified\u001b[K\r`);
  };
}
