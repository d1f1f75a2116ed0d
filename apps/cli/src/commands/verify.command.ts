import type { Command } from 'commander';
import { type Fault, faults } from '#event-log/verifying/verify-event.js';
import { type AccessLogVerified, accessFaults } from '#platform/access-log/verify-access-log.js';
import { verifiedAccessLog } from '../chronicle/verified-access-log.js';
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

Every batch of the access log is verified too: its hash, the batch before it, that queries find it, and the hashes of it that the event log
holds. Entries that were recorded after the last of these hashes, at most a minute's, are proved by nothing outside of the access log.

This proves content and order within a stream, not the order between streams. That the last events of a stream or all of it were removed
is detected by the missing positions only, and not if they were the last of the log or later events were moved up. Nor does it detect that a
log was rewritten as a whole, hashes included: compare with a backup, or with a hash that somebody else keeps (reconcile). Events of before version 2 of the envelope are not chained.

Examples:
  letopis verify
  letopis verify --json`;

export function define(command: Command): void {
  command
    .description('Verify the hash of every event of the log, and the access log.')
    .option('--json', 'print the result as JSON on standard output')
    .addHelpText('after', help)
    .action(action(verify));
}

/** So many events that do not verify are listed in JSON, which is one answer. */
const MOST_LISTED = 1_000;

async function verify({ json = false }: VerifyOptions): Promise<ExitCode> {
  const { openWithoutKeys } = await import('../chronicle/open-for-reading.js');
  const { verifyLog } = await import('#event-log');
  const log = await openWithoutKeys();
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
    const accessLog = await verifiedAccessLog(log, interruption.signal);
    if (interruption.signal.aborted) {
      say(`interrupted after ${count(events)} events; ${count(wrong)} of them failed verification`);
      return exitCode.interrupted;
    }
    const { faults: unread = [], ...counted } = accessLog ?? {};
    if (json)
      await printJson({
        ...{ upTo, events, streams, wrong, faults: listed },
        ...(accessLog && { accessLog: { ...counted, wrong: unread.length, faults: unread.slice(0, MOST_LISTED) } }),
      });
    else {
      for (const { batch, code } of unread) await printLine(`access log, batch ${batch}: ${accessFaults[code]}`);
      say(`${count(events)} events of ${count(streams)} streams: ${wrong === 0 ? 'all verified' : `${count(wrong)} failed verification`}`);
      if (accessLog) say(sentenceOf(accessLog));
    }
    return wrong === 0 && unread.length === 0 ? exitCode.ok : exitCode.partly;
  } finally {
    interruption.release();
    await log.close();
  }
}

const sentenceOf = ({ batches, entries, lost, anchors, faults }: AccessLogVerified): string =>
  [
    `${count(entries)} entries of the access log in ${count(batches)} batches, ${count(anchors)} of them known to the event log: `,
    faults.length === 0 ? 'all verified' : `${count(faults.length)} failed verification`,
    ...(lost > 0 ? [`; ${count(lost)} entries were not recorded, as its storage was unavailable`] : []),
  ].join('');

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
