import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { delegating, type EventLog, EventLogUnavailable } from '#event-log';
import { appendAtHead, newEvent } from '#testing';
import { memoryLog } from '#testing/as-written.js';
import { openReference, type Reference } from './reference.js';

let log: EventLog;
let reference: Reference<readonly unknown[]>;
/** What the next readings of the log fail with. */
let faults: (Error | 'ends')[];
let interrupted: Error[];
let broken: unknown[];

/** Follows as the log does, and fails between two items as a read fault does, or ends as the subscription of a server may. */
async function* subscribe(options: Parameters<EventLog['subscribe']>[0]) {
  for await (const item of log.subscribe(options)) {
    const fault = faults.shift();
    if (fault === 'ends') return;
    if (fault) throw fault;
    yield item;
  }
}

beforeEach(async () => {
  [faults, interrupted, broken] = [[], [], []];
  log = await memoryLog();
  reference = await openReference<readonly unknown[]>({
    log: delegating(log, { subscribe }),
    streamPrefix: 'policy-',
    types: ['thing-noted'],
    initial: [],
    apply: (state, { data }) => {
      if (data === 'poison') throw new TypeError('a bug');
      return [...state, data];
    },
    onFailure: (error) => broken.push(error),
    onInterrupted: (error) => interrupted.push(error),
  });
});
afterEach(async () => {
  await reference.close();
  await log.close();
});

const publish = async (data: unknown) => (await appendAtHead(log, 'policy-cadence', [newEvent({ data })])).position;

describe('a reference whose log does not answer for a while', () => {
  it('goes on where it stood, answers whoever waits, and tells it once each time', async () => {
    await reference.reached(await publish('a'));
    faults = Array.from({ length: 3 }, () => new EventLogUnavailable('disk I/O error'));
    await reference.reached(await publish('b'));
    expect([reference.current(), interrupted.length, broken]).toEqual([['a', 'b'], 1, []]);
    faults = [new EventLogUnavailable('disk I/O error')];
    await reference.reached(await publish('c'));
    expect([reference.current(), interrupted.length]).toEqual([['a', 'b', 'c'], 2]);
    faults = ['ends'];
    await reference.reached(await publish('d'));
    expect([reference.current(), interrupted.length, broken]).toEqual([['a', 'b', 'c', 'd'], 3, []]);
  });
});

describe('a reference that cannot take an event', () => {
  it('tells it, keeps what it had, and leaves nobody waiting', async () => {
    await reference.reached(await publish('a'));
    const position = await publish('poison');
    await expect(reference.reached(position)).rejects.toThrow('a bug');
    await expect(reference.reached(position)).rejects.toThrow('a bug');
    expect([reference.current(), interrupted, broken]).toEqual([['a'], [], [new TypeError('a bug')]]);
  });
});
