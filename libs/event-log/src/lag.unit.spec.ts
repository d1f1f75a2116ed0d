import { describe, expect, it } from '@jest/globals';
import { asWritten, memoryLog, newEvent } from '#testing';
import { delegating } from './delegating.js';
import type { EventLog } from './event-log.js';
import { lagOf } from './lag.js';
import { openEventLog } from './open-event-log.js';

const RECORDED = Date.parse('2026-11-22T12:00:00.000Z');
const at = (seconds: number) => newEvent({ recordedAt: new Date(RECORDED + seconds * 1_000).toISOString() });

async function opened(log: EventLog) {
  const first = await log.append('s-1', 'none', [at(0)]);
  const last = await log.append('s-1', first, [at(10), at(20)]);
  const lag = (checkpoint = first.position, now = RECORDED + 25_500) => lagOf(log, { checkpoint, head: last.position }, now);
  return { last, lag };
}

describe('the lag of whoever takes in a log', () => {
  it('is the age of the oldest event that was not taken in, and none when caught up', async () => {
    const { last, lag } = await opened(memoryLog());
    expect(await lag()).toEqual({ lagSeconds: 15.5 });
    expect(await lag(last.position)).toEqual({ lagSeconds: 0 });
  });

  it('is none where the clock is behind that of the events', async () => {
    const { lag } = await opened(memoryLog());
    expect(await lag(undefined, RECORDED)).toEqual({ lagSeconds: 0 });
  });

  it('names events where the log counts them', async () => {
    const { last, lag } = await opened(await openEventLog('memory:', { registry: asWritten }));
    expect(await lag()).toEqual({ lagSeconds: 15.5, lagEvents: 2 });
    expect(await lag(last.position)).toEqual({ lagSeconds: 0, lagEvents: 0 });
  });

  it('goes by the next event where one cannot be read', async () => {
    const log = memoryLog();
    const unreadable = delegating(log, {
      async *readAll(options) {
        for await (const batch of log.readAll(options))
          yield batch.map((event) => (event.revision === 1 ? { ...event, recordedAt: undefined as never } : event));
      },
    });
    const first = await log.append('s-1', 'none', [at(0)]);
    const { position: head } = await log.append('s-1', first, [at(10), at(20)]);
    expect(await lagOf(unreadable, { checkpoint: first.position, head }, RECORDED + 25_500)).toEqual({ lagSeconds: 5.5 });
  });
});
