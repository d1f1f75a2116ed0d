import { pause } from '#async';
import {
  asStored,
  assertOpen,
  type CopiedUpTo,
  type Copying,
  type CopyProgress,
  closedBy,
  closeLog,
  closingEvent,
  compareLogs,
  copyEvents,
  type EventLogAdapter,
  EventLogWrittenElsewhere,
  EventNotUnderstood,
  NAMESPACE_PATTERN,
  NOTHING_COPIED,
  NotACopy,
  openEventLogAdapter,
  SourceDamaged,
} from '#event-log';
import { createIds, isoNow } from '#platform';
import { variables } from '#platform/configuration/configuration.js';
import { inNamespace, withoutPassword } from '#platform/configuration/variables.js';
import { fileOf, isThere } from '../chronicle/open-for-reading.js';
import { CliError, unavailable } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { duration } from '../terminal/import-progress.js';
import { onInterruption } from '../terminal/interruption.js';
import { say } from '../terminal/output.js';

export interface Moving {
  /** The command that moves it. */
  readonly by: string;
  readonly from: string;
  readonly to: string;
  readonly keepOpen?: boolean;
  /** Seconds, as they were given. */
  readonly quiet: string;
  /** How the source is copied from now on; it may have changed since the last call. Every event as it is stored when absent. */
  readonly copyingOf?: (source: EventLogAdapter) => Promise<Copying>;
  /** What is left to be done once the log has moved. */
  readonly finished: (from: string, to: string) => void;
}

function seconds(given: string): number {
  if (!/^\d{1,5}$/.test(given)) throw new CliError(`--quiet ${given}: must be a whole number of seconds, e.g. 60`);
  return Number(given);
}

/** Copies a log, compares both, closes the source, copies what came until then, and compares again. Run again it continues. */
export async function moveLog({ keepOpen = false, by, copyingOf = async () => asStored, finished, ...given }: Moving): Promise<ExitCode> {
  const quiet = seconds(given.quiet);
  const [from, to] = [inOwnNamespace(given.from), inOwnNamespace(given.to)];
  for (const url of [from, to])
    if (url === 'memory:') throw new CliError('memory: ends with its process; name a file, sqlite:<path>, or a server, esdb://host:port');
  if (!isThere(from)) throw unavailable(`no event log found at ${fileOf(from)}; --from names the log to copy`);
  const interruption = onInterruption();
  const started = performance.now();
  const target = await openEventLogAdapter(to);
  try {
    await assertOpen(target);
    await assertAnother(from, target);
    const copy = createCopy(target, copyingOf, interruption.signal);
    const reading = await openEventLogAdapter(from, { readOnly: true });
    try {
      await copy.compare(reading);
      await copy.bringUp(reading);
    } finally {
      await reading.close();
    }
    if (!keepOpen) await closeAndFinish(from, to, { by, copy, quiet, signal: interruption.signal });
    say(`${count(copy.upTo.events)} events copied and compared in ${duration((performance.now() - started) / 1000)}`);
    finished(from, to);
    return exitCode.ok;
  } catch (error) {
    if (interruption.signal.aborted) {
      say('interrupted; run the same command again to continue');
      return exitCode.interrupted;
    }
    if ([NotACopy, SourceDamaged, EventNotUnderstood].some((kind) => error instanceof kind))
      throw new CliError((error as Error).message, exitCode.partly);
    throw error;
  } finally {
    interruption.release();
    await target.close();
  }
}

/** As the API does: a URL of a server that names no namespace is of EVENT_LOG_NAMESPACE. */
function inOwnNamespace(url: string): string {
  const name = process.env.EVENT_LOG_NAMESPACE || variables.EVENT_LOG_NAMESPACE.default;
  if (!NAMESPACE_PATTERN.test(name)) throw new CliError(`EVENT_LOG_NAMESPACE=${name}: must be lower-case letters, digits and hyphens`);
  return inNamespace(url, name);
}

/** One log has several URLs: what was opened is compared. */
async function assertAnother(from: string, target: EventLogAdapter): Promise<void> {
  const source = await openEventLogAdapter(from, { readOnly: true });
  await source.close();
  if (source.identity === target.identity) throw new CliError('--from and --to name the same log; name another one to copy to');
}

interface Copy {
  readonly upTo: CopiedUpTo;
  compare(source: EventLogAdapter): Promise<void>;
  /** Copies up to the end of the source, and compares what was copied. */
  bringUp(source: EventLogAdapter): Promise<void>;
}

function createCopy(target: EventLogAdapter, copyingOf: (source: EventLogAdapter) => Promise<Copying>, signal: AbortSignal): Copy {
  const showProgress = createProgress();
  let upTo = NOTHING_COPIED;
  async function shown<Result>(steps: AsyncGenerator<CopyProgress, Result>): Promise<Result> {
    try {
      for (;;) {
        const next = await steps.next();
        if (next.done) return next.value;
        signal.throwIfAborted();
        showProgress(next.value);
      }
    } finally {
      await steps.return(upTo as never);
    }
  }
  const compare = async (source: EventLogAdapter) => {
    upTo = await shown(compareLogs(source, target, upTo, await copyingOf(source)));
  };
  return {
    get upTo() {
      return upTo;
    },
    compare,
    async bringUp(source) {
      await shown(copyEvents(source, target, upTo, await copyingOf(source)));
      await compare(source);
    },
  };
}

interface Finish {
  readonly by: string;
  readonly copy: Copy;
  /** Seconds. */
  readonly quiet: number;
  readonly signal: AbortSignal;
}

async function closeAndFinish(from: string, to: string, { by, copy, quiet, signal }: Finish): Promise<void> {
  const source = await openForClosing(from, copy.upTo.events);
  try {
    const movedTo = withoutPassword(to);
    const before = await closingEvent(source);
    await closeLog(source, { by, movedTo, id: createIds()(), now: isoNow() });
    if (before && closedBy(before).movedTo !== movedTo)
      say(
        `the source was closed before, when it moved to ${closedBy(before).movedTo}; from now on it names ${movedTo}: use only one of the two`,
      );
    await copy.bringUp(source);
    if (!source.guarantees.oneWriter) await untilQuiet(source, { copy, quiet, signal });
  } finally {
    await source.close();
  }
}

async function openForClosing(url: string, copied: number): Promise<EventLogAdapter> {
  try {
    return await openEventLogAdapter(url);
  } catch (error) {
    if (!(error instanceof EventLogWrittenElsewhere)) throw error;
    throw unavailable(`${count(copied)} events are copied; ${error.reason}: stop it and run the same command again, which continues`);
  }
}

const LOOK_EVERY_MS = 500;

/** A writer that has not seen yet that the log is closed may still append. */
async function untilQuiet(source: EventLogAdapter, { copy, quiet, signal }: Omit<Finish, 'by'>): Promise<void> {
  say(`waiting until the source has gained nothing for ${quiet} s`);
  let head = await source.head();
  for (let since = performance.now(); performance.now() - since < quiet * 1_000; ) {
    await pause(LOOK_EVERY_MS, signal);
    signal.throwIfAborted();
    const now = await source.head();
    if (now === head) continue;
    head = now;
    since = performance.now();
    await copy.bringUp(source);
  }
}

const count = (of: number): string => of.toLocaleString('en');

const SHOW_EVERY_MS = 500;

/** On standard error and only where a person looks at it; the next line that is said takes its place. */
function createProgress(): (progress: CopyProgress) => void {
  let shown = performance.now();
  return ({ step, events }) => {
    if (!process.stderr.isTTY || performance.now() - shown < SHOW_EVERY_MS) return;
    shown = performance.now();
    process.stderr.write(`${count(events)} events ${step}\u001b[K\r`);
  };
}
