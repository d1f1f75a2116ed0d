import { LOG_STREAM } from '../copying/log-closed.js';
import { type EventLog, ORIGIN, type Position, type RawEvent } from '../event-log.js';
import { toCount, toPosition } from '../position.js';
import { createStreamVerifier, type Fault, type FaultCode } from './verify-event.js';

export interface VerifiedSoFar {
  readonly events: number;
  readonly streams: number;
  /** Found since the last answer. */
  readonly faults: readonly Fault[];
}

/** Verifies every event up to a position, stream by stream, so that the memory that it takes does not grow with the log. */
export async function* verifyLog(log: Pick<EventLog, 'readRaw' | 'guarantees'>, upTo: Position): AsyncGenerator<VerifiedSoFar> {
  const verify = createStreamVerifier();
  const { numberedPositions } = log.guarantees;
  const closedAt = await lastPosition(log, LOG_STREAM);
  let events = 0;
  let counted = 0;
  let last = FIRST - 1;
  let streams = 0;
  let stream: string | undefined;
  for await (const batch of log.readRaw({ order: 'stream', upTo })) {
    const found: Fault[] = [];
    for (const raw of batch) {
      const { fault } = verify(raw);
      const count = numberedPositions ? toCount(raw.position) : FIRST;
      const beyond = numberedPositions && (count < FIRST ? 'position-too-low' : count > LAST ? 'position-too-high' : undefined);
      if (beyond) found.push(alsoWith(beyond, raw, fault));
      else if (closedAt !== undefined && raw.position > closedAt) found.push(alsoWith('after-closing', raw, fault));
      else if (fault) found.push(fault);
      if (!beyond) {
        counted += 1;
        last = Math.max(last, count);
      }
      if (raw.stream !== stream) streams += 1;
      stream = raw.stream;
    }
    events += batch.length;
    yield { events, streams, faults: found };
  }
  if (!numberedPositions) return;
  const end = toCount(upTo) > LAST ? last : Math.max(FIRST - 1, toCount(upTo));
  if (counted !== end) yield { events, streams, faults: await missing(log, end) };
}

async function lastPosition(log: Pick<EventLog, 'readRaw'>, stream: string): Promise<Position | undefined> {
  let last: Position | undefined;
  for await (const batch of log.readRaw({ stream })) last = batch.at(-1)?.position ?? last;
  return last;
}

const FIRST = toCount(ORIGIN) + 1;
const LAST = Number.MAX_SAFE_INTEGER;

function alsoWith(code: FaultCode, { position, stream, revision }: RawEvent, fault: Fault | undefined): Fault {
  return { position, stream, revision, codes: [...(fault?.codes ?? []), code] };
}

/** One fault a gap, at the first position in it. */
async function missing(log: Pick<EventLog, 'readRaw'>, end: number): Promise<readonly Fault[]> {
  const found: Fault[] = [];
  let next = FIRST;
  const expect = (count: number) => {
    if (count > next) found.push({ position: toPosition(next), stream: null, revision: null, codes: ['position-missing'] });
    next = count + 1;
  };
  for await (const batch of log.readRaw({ after: ORIGIN, upTo: toPosition(end) }))
    for (const { position } of batch) expect(toCount(position));
  expect(end + 1);
  return found;
}
