import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DomainEvent, type EventLog, openEventLog } from '#event-log';
import type { FindQuery, StoredDocument } from '#read-models';
import { type CustomerAccess, evolveAccess, mayOpen, noAccess, relationshipStream } from '#relationship';
import { appendAtHead, newEvent } from '#testing';
import { eventCatalogue } from '../events/current-events.js';
import { CustomerAccesses } from './customer-access.js';

const now = '2026-11-22T12:00:00.000Z';
const opens = (access: CustomerAccess | undefined, id: string) => mayOpen(access ?? noAccess, { kind: 'curator', id }, { id: 'c', now });

describe('who may open customers', () => {
  let log: EventLog;
  let read: (readonly [stream: string, revisions: number])[];
  let asked: FindQuery[];
  let documents: Map<string, StoredDocument>;
  let accesses: CustomerAccesses;

  const assign = (customerId: string, curatorId: string, more = 0) =>
    appendAtHead(log, relationshipStream(customerId), [
      newEvent({ type: 'curator-assigned', data: { curatorId, from: `2026-11-22T10:${String(more).padStart(2, '0')}:00.000Z` } }),
    ]);
  /** As the card view keeps it, having come as far as the log. */
  const carded = async (customerId: string, of = log) => {
    const events: DomainEvent[] = [];
    for await (const batch of of.readStream(relationshipStream(customerId))) events.push(...batch);
    const { revision, hash, position } = events.at(-1)!;
    const body = { access: events.reduce(evolveAccess, noAccess), revision, hash };
    documents.set(customerId, { key: customerId, position, fields: {}, body });
  };

  beforeEach(async () => {
    log = await openEventLog('memory:', { registry: eventCatalogue });
    [read, asked, documents] = [[], [], new Map()];
    const counted: EventLog['readStream'] = async function* (stream, options) {
      let revisions = 0;
      try {
        for await (const batch of log.readStream(stream, options)) {
          revisions += batch.length;
          yield batch;
        }
      } finally {
        read.push([stream, revisions]);
      }
    };
    accesses = new CustomerAccesses(
      { head: () => log.head(), readStream: counted },
      {
        async documents<Document>(_: string, query: FindQuery) {
          asked.push(query);
          const keys = query.where?.key as readonly string[];
          return { documents: keys.flatMap((key) => documents.get(key) ?? []) as StoredDocument<Document>[] };
        },
      },
    );
  });

  it('is told from the card document and the events after it, which alone are read', async () => {
    for (let n = 0; n < 5; n++) await assign('c', 'ann', n);
    await carded('c');
    await assign('other', 'x');
    await assign('c', 'bea', 9);
    const { access } = await accesses.of('c');
    expect([opens(access, 'ann'), opens(access, 'bea')]).toEqual([false, true]);
    expect(read).toEqual([
      [relationshipStream('c'), 1],
      [relationshipStream('c'), 1],
    ]);
  });

  it('reads one event more for a customer of somebody else, however long the history, than for one who is not there', async () => {
    for (let n = 0; n < 50; n++) await assign('foreign', 'bea', n);
    await carded('foreign', log);
    await assign('other', 'x');
    for (const id of ['foreign', 'missing']) expect(opens((await accesses.of(id)).access, 'ann')).toBe(false);
    expect(asked.map(({ where }) => where?.key)).toEqual([['foreign'], ['missing']]);
    expect(read).toEqual([
      [relationshipStream('foreign'), 1],
      [relationshipStream('foreign'), 0],
      [relationshipStream('missing'), 0],
    ]);
  });

  it.each([0, 1, 5])(
    'is told from the stream where the document is of another log, which this one with %i events was put in place of',
    async (events) => {
      const other = await openEventLog('memory:', { registry: eventCatalogue });
      const taken = (n: number) => newEvent({ type: 'curator-assigned', data: { curatorId: 'ann', from: `2026-11-22T11:0${n}:00.000Z` } });
      await appendAtHead(other, relationshipStream('c'), [taken(0), taken(1)]);
      await carded('c', other);
      await other.close();
      for (let n = 0; n < events; n++) await assign('c', 'bea', n);
      for (const time of ['looked up', 'remembered']) {
        const { access } = await accesses.of('c');
        expect([time, opens(access, 'ann'), opens(access, 'bea')]).toEqual([time, false, events > 0]);
      }
    },
  );

  it('is told from the stream where there is no document, and where documents cannot be read', async () => {
    await assign('c', 'ann');
    expect(opens((await accesses.of('c')).access, 'ann')).toBe(true);
    expect((await accesses.of('nobody')).access).toEqual(noAccess);
    const away = new CustomerAccesses(log, { documents: () => Promise.reject(new Error('the view is not built')) });
    expect(opens((await away.of('c')).access, 'ann')).toBe(true);
  });

  it('is told from what counts of the stream where something was taken back, whether a document or memory knew it before', async () => {
    const stream = relationshipStream('c');
    const deal = (id: string, curatorId: string) =>
      newEvent({ id, occurredAt: now, type: 'deal-opened', data: { dealId: 'd', funnelVersion: 1, stage: 'lead', curatorId } });
    const retraction = (eventId: string, replacedBy?: string) =>
      newEvent({ type: 'event-retracted', data: { eventId, reason: 'wrong', ...(replacedBy && { replacedBy }) } });
    const [first, second] = [newEvent().id, newEvent().id];
    await appendAtHead(log, stream, [deal(first, 'ann')]);
    await carded('c');
    const opened = async () => {
      const { access } = await accesses.of('c');
      return ['ann', 'bea'].map((id) => opens(access, id));
    };
    expect(await opened()).toEqual([true, false]);
    await appendAtHead(log, stream, [retraction(first, second), deal(second, 'bea')]);
    expect(await opened()).toEqual([false, true]);
    await appendAtHead(log, stream, [retraction(second)]);
    expect(await opened()).toEqual([false, false]);
    // From the document alone, which is behind.
    const later = new CustomerAccesses(log, { documents: async () => ({ documents: [documents.get('c')!] as never }) });
    expect(opens((await later.of('c')).access, 'bea')).toBe(false);
  });

  it('is remembered: asked again nothing is read while the log stands still, then what is new, and never a document', async () => {
    await assign('c', 'ann');
    await accesses.of('c');
    await accesses.of('c');
    expect(read).toHaveLength(1);
    await assign('c', 'bea', 1);
    expect(opens((await accesses.of('c')).access, 'ann')).toBe(false);
    await carded('c');
    await assign('other', 'x');
    expect(opens((await accesses.of('c')).access, 'bea')).toBe(true);
    expect(read.map(([, revisions]) => revisions)).toEqual([1, 1, 0]);
    expect(asked).toHaveLength(1);
  });

  it('is told of many at once, each by its own events, a row that comes twice once', async () => {
    const ids = Array.from({ length: 150 }, (_, n) => `c${n}`);
    for (const [n, id] of ids.entries()) await assign(id, n % 2 ? 'ann' : 'bea');
    for (const id of ids.slice(0, 70)) await carded(id);
    await assign('c1', 'bea', 1);
    const all = await accesses.ofAll([...ids, ...ids]);
    expect(ids.filter((id) => opens(all.get(id)?.access, 'ann'))).toEqual(ids.filter((id, n) => n % 2 && id !== 'c1'));
    expect(read).toHaveLength(150 + 70);
    expect(asked.map(({ limit }) => limit)).toEqual([64, 64, 22]);
  });
});
