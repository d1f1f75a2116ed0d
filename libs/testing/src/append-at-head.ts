import {
  type AppendResult,
  type DomainEvent,
  type EventLog,
  type ExpectedRevision,
  type NewEvent,
  type StoredEvent,
  WrongExpectedRevision,
} from '#event-log';

type AnyLog = EventLog<DomainEvent | StoredEvent>;

/** Where the stream is now, as an append expects it. */
export async function headOf(log: Pick<AnyLog, 'readStream'>, stream: string): Promise<ExpectedRevision> {
  for await (const [last] of log.readStream(stream, { direction: 'backwards' })) if (last) return last;
  return 'none';
}

/** Appends wherever the stream is, also beside others that do so. */
export async function appendAtHead(
  log: Pick<AnyLog, 'readStream' | 'append'>,
  stream: string,
  events: readonly NewEvent[],
): Promise<AppendResult> {
  for (;;) {
    try {
      return await log.append(stream, await headOf(log, stream), events);
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
}

/** Appends to streams that nobody else writes, in the order of the calls; only the first append to each reads it. */
export function createAppender(log: Pick<AnyLog, 'readStream' | 'append'>) {
  const heads = new Map<string, Promise<ExpectedRevision>>();
  return (stream: string, events: readonly NewEvent[]): Promise<AppendResult> => {
    const appended = (heads.get(stream) ?? headOf(log, stream)).then((head) => log.append(stream, head, events));
    heads.set(stream, appended);
    return appended;
  };
}

/** As many as any log takes at once, with some data. */
const SLICE = 1_000;

/** Appends to a stream that does not exist yet, in appends that any log takes. */
export async function appendInSlices(log: Pick<AnyLog, 'append'>, stream: string, events: readonly NewEvent[]): Promise<AppendResult> {
  let last: ExpectedRevision = 'none';
  for (let at = 0; at < events.length; at += SLICE) last = await log.append(stream, last, events.slice(at, at + SLICE));
  return last as AppendResult;
}
