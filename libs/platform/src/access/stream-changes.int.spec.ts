import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { delegating, type EventLog, EventLogUnavailable, ORIGIN, type Position } from '#event-log';
import { relationshipStream } from '#relationship';
import { appendAtHead, newEvent } from '#testing';
import { memoryLog } from '#testing/as-written.js';
import { CustomerAccesses } from './customer-access.js';
import { followStreamChanges, type StreamChanges } from './stream-changes.js';

const streams = ['s-a', 's-b', 's-c', 's-d', 'other'];
let log: EventLog;
let changes: StreamChanges | undefined;
beforeEach(() => {
  log = memoryLog();
});
afterEach(async () => {
  await changes?.close();
  await log.close();
});

const append = async (stream: string): Promise<Position> => (await appendAtHead(log, stream, [newEvent({ data: {} })])).position;
const followed = async (over: Partial<EventLog> = {}, mostStreams = 100): Promise<StreamChanges> => {
  changes = await followStreamChanges({ log: delegating(log, over), streamPrefix: 's-', mostStreams });
  return changes;
};
/** Waits until it has followed the log to its end. */
const settled = async (of: StreamChanges): Promise<Position> => {
  const head = await log.head();
  while (of.mayHaveChanged('s-never', head, head)) await new Promise(setImmediate);
  return head;
};

describe('the changes of streams', () => {
  it('never miss one, however few streams are kept, and are known of streams that stay as they are', async () => {
    const appended = fc.array(fc.constantFrom(...streams), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(appended, appended, fc.integer({ min: 1, max: 5 }), async (before, after, mostStreams) => {
        log = memoryLog();
        for (const stream of before) await append(stream);
        const of = await followed({}, mostStreams);
        const known: { readonly stream: string; readonly position: Position }[] = [];
        for (const stream of after) known.push({ stream, position: await append(stream) });
        const head = await settled(of);
        for (const { position } of known)
          for (const stream of streams.slice(0, 4)) {
            const has = known.some((each) => each.stream === stream && each.position > position);
            if (has || mostStreams >= 4) expect(of.mayHaveChanged(stream, position, head)).toBe(has);
          }
        await of.close();
      }),
      { numRuns: 50 },
    );
  });

  it('are possible before it began, beyond where it is, and after it broke', async () => {
    const first = await append('s-a');
    const of = await followed();
    const head = await settled(of);
    expect([of.mayHaveChanged('s-a', ORIGIN, head), of.mayHaveChanged('s-a', first, head)]).toEqual([true, false]);
    await of.close();
    const later = await append('s-b');
    expect(of.mayHaveChanged('s-a', first, later)).toBe(true);
    const broken = await followed({
      // biome-ignore lint/correctness/useYield: it never gets so far
      async *subscribe() {
        throw new EventLogUnavailable('away');
      },
    });
    expect(broken.mayHaveChanged('s-a', later, await append('s-a'))).toBe(true);
  });

  it('spare the reading of customers who stay as they are, and of no other', async () => {
    const assign = (customerId: string, curatorId: string) =>
      appendAtHead(log, relationshipStream(customerId), [
        newEvent({ type: 'curator-assigned', data: { curatorId, from: '2026-11-22T10:00:00.000Z' } }),
      ]);
    for (const id of ['a', 'b']) await assign(id, 'ann');
    const read: string[] = [];
    const readStream: EventLog['readStream'] = (stream, options) => {
      read.push(stream);
      return log.readStream(stream, options);
    };
    changes = await followStreamChanges({ log, streamPrefix: 'relationship-' });
    const reader = { documents: () => Promise.reject(new Error('there are no views')) };
    const accesses = new CustomerAccesses(delegating(log, { readStream }), reader, changes);
    await accesses.ofAll(['a', 'b']);
    await assign('b', 'bea');
    await settled(changes);
    read.length = 0;
    const all = await accesses.ofAll(['a', 'b']);
    expect(read).toEqual([relationshipStream('b')]);
    expect(all.get('b')).toMatchObject({ access: expect.objectContaining({}) });
    const fresh = await new CustomerAccesses(log, reader).ofAll(['a', 'b']);
    expect(all).toEqual(fresh);
  });
});
