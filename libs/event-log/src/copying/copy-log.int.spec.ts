import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { appendAtHead, asWritten, newEvents } from '#testing';
import type { EventLogAdapter } from '../adapter.js';
import { logOver } from '../log-over.js';
import { openMemoryEventLog } from '../memory/memory-event-log.js';
import { openEventLog, openEventLogAdapter } from '../open-event-log.js';
import { createEventRegistry } from '../registry/event-registry.js';
import { verifyLog } from '../verifying/verify-log.js';
import { type CopiedUpTo, compareLogs, copyEvents, NOTHING_COPIED, NotACopy, SourceDamaged } from './copy-log.js';
import { closedBy, closeLog, closingEvent, EventLogClosed, LOG_STREAM } from './log-closed.js';
import { openUntilClosed } from './open-until-closed.js';

const NOW = '2026-11-30T21:00:00.000Z';
const closing = { by: 'copy-log', movedTo: 'esdb://db:2113#letopis', id: '01K0000000000000000000000C', now: NOW };

async function finished<Result>(steps: AsyncGenerator<unknown, Result>): Promise<Result> {
  for (;;) {
    const next = await steps.next();
    if (next.done) return next.value;
  }
}

/** As the command does it. */
async function copied(source: EventLogAdapter, target: EventLogAdapter): Promise<CopiedUpTo> {
  const upTo = await finished(compareLogs(source, target, NOTHING_COPIED));
  await finished(copyEvents(source, target, upTo));
  return finished(compareLogs(source, target, upTo));
}

async function contentOf(log: Pick<EventLogAdapter, 'readRaw'>) {
  const found = [];
  for await (const batch of log.readRaw())
    found.push(...batch.map(({ stream, revision, hash, text }) => ({ stream, revision, hash, text })));
  return found;
}

describe('copying a log', () => {
  let folder: string;
  const open: EventLogAdapter[] = [];
  const sqlite = async (name: string) => {
    const log = await openEventLogAdapter(`sqlite:${path.join(folder, name)}`);
    open.push(log);
    return log;
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-copy-'));
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((log) => log.close()));
    rmSync(folder, { recursive: true });
  });

  /** Writes so many events to these streams, one append after the other, and opens the file again. */
  async function written(name: string, appends: readonly (readonly [stream: string, events: number])[]): Promise<EventLogAdapter> {
    const log = await openEventLog(`sqlite:${path.join(folder, name)}`);
    for (const [stream, events] of appends) await appendAtHead(log, stream, newEvents(events));
    await log.close();
    return sqlite(name);
  }

  it('keeps every event as it is stored, in the order of the whole log', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('relationship-a', 'relationship-b', 'curator-c'), fc.integer({ min: 1, max: 4 })), {
          maxLength: 30,
        }),
        fc.uuid(),
        async (appends, name) => {
          const source = await written(`${name}.db`, appends);
          const target = await sqlite(`${name}-copy.db`);
          const { events } = await copied(source, target);
          expect(events).toBe(appends.reduce((sum, [, count]) => sum + count, 0));
          expect(await contentOf(target)).toEqual(await contentOf(source));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('continues where an earlier run ended, and copies nothing twice', async () => {
    const appends = Array.from({ length: 300 }, (_, i) => [`relationship-${i % 7}`, 1 + (i % 3)] as const);
    const source = await written('log.db', appends);
    const target = await sqlite('copy.db');
    const steps = copyEvents(source, { ...target, append: stopsAfter(target, 100) }, NOTHING_COPIED);
    await expect(finished(steps)).rejects.toThrow('the server is gone');
    const before = await contentOf(target);
    expect(before).toHaveLength((await contentOf(source)).slice(0, before.length).length);
    await copied(source, target);
    expect(await contentOf(target)).toEqual(await contentOf(source));
  });

  it('continues a long stream from its last event, without reading those before it', async () => {
    const source = await written('log.db', [['relationship-a', 1_000]]);
    const target = await sqlite('copy.db');
    const first = copyEvents(source, { ...target, append: stopsAfter(target, 1) }, NOTHING_COPIED);
    await expect(finished(first)).rejects.toThrow('the server is gone');
    const upTo = await finished(compareLogs(source, target, NOTHING_COPIED));
    let read = 0;
    const readStream: EventLogAdapter['readStream'] = async function* (stream, options) {
      for await (const batch of target.readStream(stream, options)) {
        read += batch.length;
        yield batch;
      }
    };
    await finished(copyEvents(source, { ...target, readStream }, upTo));
    expect(read).toBe(1);
    expect(await contentOf(target)).toEqual(await contentOf(source));
  });

  function stopsAfter(target: EventLogAdapter, appends: number): EventLogAdapter['append'] {
    let taken = 0;
    return (append) => (++taken > appends ? Promise.reject(new Error('the server is gone')) : target.append(append));
  }

  it('rejects a target that holds anything else than the first events of the source', async () => {
    const source = await written('log.db', [['relationship-a', 2]]);
    const other = await written('other.db', [['relationship-b', 1]]);
    const longer = await sqlite('longer.db');
    await copied(source, longer);
    await expect(copied(source, other)).rejects.toThrow(
      'the target holds revision 0 of relationship-b as its event 1, the source revision 0 of relationship-a; copy to an empty log',
    );
    const empty = await sqlite('empty.db');
    await expect(copied(empty, longer)).rejects.toThrow(NotACopy);
    await expect(copied(await written('same-place.db', [['relationship-a', 1]]), source)).rejects.toThrow(
      'with another hash than the source',
    );
  });

  it('rejects a source whose events do not verify, and names the event', async () => {
    const source = await written('log.db', [['relationship-a', 2]]);
    const damaged: EventLogAdapter = {
      ...source,
      async *readRaw(options) {
        for await (const batch of source.readRaw(options))
          yield batch.map((raw) => (raw.revision === 1 ? { ...raw, text: raw.text.replace('"revision":1', '"revision":7') } : raw));
      },
    };
    const copying = copied(damaged, await sqlite('copy.db'));
    await expect(copying).rejects.toThrow(SourceDamaged);
    await expect(copying).rejects.toThrow('revision 1 of relationship-a');
  });

  it('does not copy that the source was closed', async () => {
    const source = await written('log.db', [['relationship-a', 2]]);
    await closeLog(source, closing);
    const target = await sqlite('copy.db');
    await copied(source, target);
    expect(await closingEvent(target)).toBeUndefined();
    expect((await contentOf(target)).map(({ stream }) => stream)).toEqual(['relationship-a', 'relationship-a']);
    expect((await contentOf(source)).at(-1)).toMatchObject({ stream: LOG_STREAM, revision: 0 });
  });

  it('closes a log once: whoever appends is told where it went, whoever reads is not stopped', async () => {
    const source = await written('log.db', [['relationship-a', 1]]);
    const first = await closeLog(source, closing);
    expect(first).toMatchObject({ type: 'log-closed', data: { movedTo: closing.movedTo } });
    expect((await closeLog(source, { ...closing, id: '01K0000000000000000000000D' })).id).toBe(first.id);
    await source.close();
    const url = `sqlite:${path.join(folder, 'log.db')}`;
    const registry = createEventRegistry([]);
    const opening = openEventLog(url, { registry });
    await expect(opening).rejects.toThrow(EventLogClosed);
    await expect(opening).rejects.toThrow(`because it moved to ${closing.movedTo}; set EVENT_LOG_URL to that log`);
    const reading = await openEventLog(url, { registry, readOnly: true });
    expect((await contentOf(reading)).length).toBe(2);
    await reading.close();
  });

  it('closes a log again that was to go elsewhere: the last place counts', async () => {
    const source = await written('log.db', [['relationship-a', 1]]);
    await closeLog(source, { ...closing, movedTo: 'sqlite:elsewhere' });
    await closeLog(source, { ...closing, id: '01K0000000000000000000000D' });
    expect(closedBy((await closingEvent(source))!).movedTo).toBe(closing.movedTo);
  });

  it('tells whoever appends that another writer closed the log, whatever else is appended in between', async () => {
    const shared = openMemoryEventLog();
    // As a server does it: what is left out moves the head alone.
    const other: EventLogAdapter = {
      ...shared,
      guarantees: { ...shared.guarantees, oneWriter: false },
      async *subscribe({ types, ...options } = {}) {
        for await (const item of shared.subscribe(options))
          yield item.kind === 'batch' ? { ...item, events: item.events.filter(({ type }) => types?.includes(type) ?? true) } : item;
      },
    };
    const log = await openUntilClosed(logOver(other, asWritten));
    for (let i = 0; i < 5; i++) await appendAtHead(log, 'relationship-a', newEvents(1));
    await closeLog(shared, closing);
    const appending = async () => {
      for (;;) {
        await appendAtHead(log, 'relationship-a', newEvents(1));
        await sleep(5);
      }
    };
    await expect(appending()).rejects.toThrow(EventLogClosed);
    await log.close();
  });

  it('is never recorded before the newest event', async () => {
    const source = await written('log.db', [['relationship-a', 1]]);
    const event = await closeLog(source, { ...closing, now: '1999-01-01T00:00:00.000Z' });
    const [newest] = (await contentOf(source)).map(({ text }) => JSON.parse(text) as { recordedAt: string });
    expect(event.recordedAt).toBe(newest!.recordedAt);
  });

  it('lets the verification name what was appended after the log was closed', async () => {
    const source = await written('log.db', [['relationship-a', 1]]);
    await closeLog(source, closing);
    await source.close();
    const late = await openEventLog(`sqlite:${path.join(folder, 'log.db')}`);
    await appendAtHead(late, 'relationship-a', newEvents(1));
    const faults = [];
    for await (const step of verifyLog(late, await late.head())) faults.push(...step.faults);
    expect(faults).toMatchObject([{ stream: 'relationship-a', revision: 1, codes: ['after-closing'] }]);
    await late.close();
  });
});
