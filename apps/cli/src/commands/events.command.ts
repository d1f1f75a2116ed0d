import { type Command, Option } from 'commander';
import { type DomainEvent, isPosition, type Position } from '#event-log';
import { customerIdOf, relationshipStream } from '#relationship/streams.js';
import type { Server } from '../server/server.js';
import { addServerOptions, type ServerOptions, serverOf } from '../server/server-options.js';
import { CliError } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { onInterruption } from '../terminal/interruption.js';
import { print } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';
import { eventLine } from '../views/event-line.js';

interface EventsOptions extends ServerOptions {
  readonly follow?: boolean;
  readonly after?: string;
  readonly types?: string;
  readonly format?: 'ndjson' | 'text';
}

const help = `
A stream is relationship-<customerId>, curator-<curatorId>, policy-<name> or of another category; a customer id alone means relationship-<customerId>.
On a terminal events are shown as text, otherwise as NDJSON (one event per line, as stored in the log).
Works beside a running server; Ctrl-C ends --follow.

Examples:
  letopis events relationship-0197e9c4-0d0e-5a51-8a3b-1e7f6a4b2c11
  letopis events --follow --types deal-won,deal-lost
  letopis events --after 00000000000000001200 --format ndjson > events.ndjson`;

export function define(command: Command): void {
  addServerOptions(
    command
      .description('Print the events of one stream or of the whole log, or follow the log.')
      .option('-f, --follow', 'continue with events appended later')
      .option('--after <position>', 'only events after this position of the log')
      .option('--types <names>', 'only these event types, separated by commas')
      .addOption(new Option('--format <format>', 'output format').choices(['ndjson', 'text']))
      .addHelpText('after', help),
  ).action(action(printEvents));
}

async function printEvents(given: string | undefined, options: EventsOptions): Promise<ExitCode> {
  if (given !== undefined && (options.follow || options.after))
    throw new CliError('a stream is printed whole; --follow and --after apply to the whole log only');
  if (options.after !== undefined && !isPosition(options.after))
    throw new CliError('--after must be a position of 20 digits, as events show it');
  const types = options.types?.split(',').map((type) => type.trim());
  if (types) await mustBeKnown(types);
  const server = serverOf(options);
  const text = (options.format ?? (process.stdout.isTTY ? 'text' : 'ndjson')) === 'text';
  const interruption = onInterruption();
  let count = 0;
  try {
    const query: LogQuery = { types, after: options.after, follow: options.follow ?? false, signal: interruption.signal };
    const stream = given === undefined ? undefined : await streamName(given);
    for await (const event of server ? fromServer(server, stream, query) : fromLog(stream, query)) {
      if (types && !types.includes(event.type)) continue;
      count += 1;
      await print(`${text ? eventLine(event) : JSON.stringify(event)}\n`);
      if (interruption.signal.aborted) break;
    }
  } finally {
    interruption.release();
  }
  if (given !== undefined && count === 0 && !options.types) throw new CliError(`stream ${given} does not exist`, exitCode.partly);
  return interruption.signal.aborted && !options.follow ? exitCode.interrupted : exitCode.ok;
}

async function mustBeKnown(types: readonly string[]): Promise<void> {
  const { eventCatalogue } = await import('#platform/events/current-events.js');
  const known = eventCatalogue.definitions.map(({ type }) => type);
  const unknown = types.find((type) => !known.some((each) => each === type));
  if (unknown !== undefined) throw new CliError(`unknown event type ${JSON.stringify(unknown)}; the types are ${known.join(', ')}`);
}

async function streamName(given: string): Promise<string> {
  const { aggregateOf } = await import('#relationship');
  return aggregateOf(given) ? given : relationshipStream(given);
}

interface LogQuery {
  readonly types: readonly string[] | undefined;
  readonly after: string | undefined;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

async function* fromLog(stream: string | undefined, { types, after, follow, signal }: LogQuery): AsyncGenerator<DomainEvent> {
  const { openForReading } = await import('../chronicle/open-for-reading.js');
  const log = await openForReading();
  const from = { ...(after !== undefined && { after: after as Position }), ...(types && { types }) };
  try {
    if (stream !== undefined) for await (const batch of log.readStream(stream)) yield* batch;
    else if (!follow) for await (const batch of log.readAll(from)) yield* batch;
    else for await (const item of log.subscribe({ ...from, signal })) if (item.kind === 'batch') yield* item.events;
  } finally {
    await log.close();
  }
}

const PAGE = 1_000;

async function* fromServer(
  server: Server,
  stream: string | undefined,
  { types, after, follow, signal }: LogQuery,
): AsyncGenerator<DomainEvent> {
  const ofLog = { types: types?.join(','), after };
  if (follow) {
    try {
      for await (const line of server.follow('/events/stream', ofLog, signal))
        if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length)) as DomainEvent;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return;
  }
  const path = stream === undefined ? '/events' : `/customers/${encodeURIComponent(customerOf(stream))}/events`;
  const pages = server.pages<{ readonly events: readonly DomainEvent[] }>(path, {
    limit: String(PAGE),
    ...(stream === undefined && ofLog),
  });
  for await (const { events } of pages) yield* events;
}

function customerOf(stream: string): string {
  const customerId = customerIdOf(stream);
  if (customerId !== undefined) return customerId;
  throw new CliError('over HTTP only streams of customers (relationship-…) can be printed; omit the stream to print the whole log');
}
