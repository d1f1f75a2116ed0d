import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { contentHash, type DomainEvent, openEventLog, type StoredEvent } from '#event-log';
import { newEvents } from '#testing/new-event.js';
import { inbound, TestApi, temporaryFolder } from './test-api.js';

const address = '/feeds/relationship-events/reconcile';
const ORIGIN = '0'.repeat(20);

let api: TestApi;
let anna: string;
let boris: string;
let all: readonly DomainEvent[];
beforeAll(async () => {
  api = await TestApi.start();
  anna = await api.register();
  boris = await api.register('cur-1');
  for (const customer of [anna, boris, anna, boris, anna]) await api.post(`/customers/${customer}/contacts`, inbound);
  // What the installation records comes first and is not published.
  const [, ...events] = (await api.get('/events')).body.events;
  all = events;
});
afterAll(() => api.close());

const of = (customer: string) => all.filter(({ stream }) => stream === `relationship-${customer}`);
/** What somebody does who may write the file. */
const edit = (file: string, statements: string) => {
  const db = new Database(file);
  const triggers = db.prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all();
  db.exec(
    `${triggers.map(({ name }) => `DROP TRIGGER ${name};`).join('')} ${statements}; ${triggers.map(({ sql }) => `${sql};`).join('')}`,
  );
  db.close();
};

const get = async (query: string) => api.get(`${address}?${query}`);

/** Computed as the README tells a stranger to. */
const expected = (events: readonly DomainEvent[]) => {
  let hash: Buffer = Buffer.alloc(32);
  for (const event of events) hash = createHash('sha256').update(hash).update(Buffer.from(event.hash, 'hex')).digest();
  return { events: events.length, hash: hash.toString('hex'), through: events.at(-1)?.position ?? null };
};

it('the hash of every event can be made again from the event as it is stored, and from what /events answers where nothing in it is encrypted', async () => {
  const hashes = new Map<string, string>();
  const log = await openEventLog(api.running.services.configuration.eventLogUrl, { readOnly: true });
  const stored: StoredEvent[] = [];
  for await (const batch of log.readAll()) stored.push(...batch.filter(({ stream }) => stream !== 'installation'));
  await log.close();
  expect(stored.some(({ sealed }) => sealed)).toBe(true);
  for (const [index, event] of all.entries()) {
    const { sealed, position } = stored[index]!;
    expect([position, contentHash(sealed ? stored[index]! : event)]).toEqual([event.position, event.hash]);
    expect(event.previousHash).toBe(hashes.get(event.stream) ?? '0'.repeat(64));
    hashes.set(event.stream, event.hash);
  }
  expect(all.find(({ type }) => type === 'contact-recorded')?.published).toBe('contact-recorded');
});

describe('reconciling the feed', () => {
  it('of a customer answers the count and the hash of the events of this customer alone', async () => {
    expect(of(anna)).toHaveLength(4);
    const { status, body } = await get(`customer=${anna}`);
    expect(status).toBe(200);
    expect(body).toEqual({ customer: anna, ...expected(of(anna)) });
    expect((await get(`customer=${boris}`)).body).toEqual({ customer: boris, ...expected(of(boris)) });
  });

  it('of a customer goes as far as the reader has come', async () => {
    for (const [index, { position }] of of(anna).entries()) {
      expect((await get(`customer=${anna}&through=${position}`)).body).toEqual({
        customer: anna,
        ...expected(of(anna).slice(0, index + 1)),
      });
    }
    expect((await get(`customer=${boris}&through=${all[0]!.position}`)).body).toEqual({ customer: boris, ...expected([]) });
  });

  it('of a range answers for all events between two positions, the first left out, the second not', async () => {
    const [from, to] = [all[2]!.position, all[5]!.position];
    const head = all.at(-1)!.position;
    expect((await get(`range=${from}..${to}`)).body).toEqual({ range: `${from}..${to}`, ...expected(all.slice(3, 6)), next: null });
    expect((await get('range=..')).body).toEqual({ range: `${ORIGIN}..${head}`, ...expected(all), next: null });
    expect((await get(`range=${from}..`)).body).toMatchObject(expected(all.slice(3)));
    expect((await get(`range=..${to}`)).body).toMatchObject(expected(all.slice(0, 6)));
    expect((await get(`range=${to}..${to}`)).body).toMatchObject(expected([]));
  });

  it('says of a bad question what would be right', async () => {
    const rejected = async (query: string) => {
      const { status, body } = await get(query);
      return [status, body.type, body.errors?.[0].pointer, body.errors?.[0].detail];
    };
    const invalid = (pointer: string, detail: unknown) => [400, '/problems/invalid-query', pointer, detail];
    expect(await rejected('')).toEqual(invalid('customer', 'is required, or range'));
    expect(await rejected(`customer=${anna}&range=..`)).toEqual(invalid('range', 'cannot be combined with customer or through'));
    expect(await rejected(`range=..&through=${ORIGIN}`)).toEqual(invalid('range', 'cannot be combined with customer or through'));
    expect(await rejected(`through=${ORIGIN}`)).toEqual(invalid('customer', 'is required, or range'));
    expect(await rejected(`customer=${anna}&through=7`)).toEqual(invalid('through', expect.stringContaining('20 digits')));
    expect(await rejected('customer=olga@example.org')).toEqual(invalid('customer', 'must be the id of a customer'));
    for (const range of ['7..9', ORIGIN, `${ORIGIN}..x`, `${ORIGIN}..${ORIGIN}..${ORIGIN}`])
      expect(await rejected(`range=${range}`)).toEqual(invalid('range', expect.stringContaining('two positions separated by two dots')));
    expect(await rejected(`range=${all[1]!.position}..${ORIGIN}`)).toEqual(invalid('range', 'must not end before it begins'));
    expect((await get('customer=nobody')).body.type).toBe('/problems/not-found');
  });

  it('is for those who see more than one portfolio', async () => {
    for (const [role, status] of [
      ['curator', 403],
      ['customer', 403],
      ['service', 200],
      ['auditor', 200],
    ] as const)
      expect([role, (await api.get(`${address}?range=..`, { key: await api.keyFor(role) })).status]).toEqual([role, status]);
    expect((await api.get(`${address}?range=..`, { key: undefined as never })).status).toBe(401);
  });

  it('names the first event that does not verify, and what is wrong with it', async () => {
    const { folder, remove } = temporaryFolder();
    const EVENT_LOG_URL = `sqlite:${folder}/chronicle.sqlite`;
    const writing = await openEventLog(EVENT_LOG_URL);
    const note = () => newEvents(3, { type: 'curator-departed', data: { curatorId: 'cur-1' } });
    for (const customer of ['anna', 'boris', 'carl', 'dora']) await writing.append(`relationship-${customer}`, 'none', note());
    await writing.close();
    edit(
      `${folder}/chronicle.sqlite`,
      `
      UPDATE events SET body = replace(body, 'cur-1', 'cur-2') WHERE position = 5;
      UPDATE events SET body = substr(body, 2) WHERE position = 8;
      DELETE FROM events WHERE position = 11;`,
    );
    const damaged = await TestApi.start({ EVENT_LOG_URL }, undefined, async () => undefined);
    const asked = async (query: string) => {
      const { status, body } = await damaged.get(`${address}?${query}`);
      const { type, position, stream, revision, codes, detail } = body;
      return [status, type, Number(position), stream, revision, codes, detail];
    };
    const told = (count: number, customer: string, revision: number, code: string, detail: string) => [
      500,
      '/problems/event-not-verified',
      count,
      `relationship-${customer}`,
      revision,
      [code],
      expect.stringContaining(detail),
    ];
    expect((await damaged.get(`${address}?customer=anna`)).body).toMatchObject({ events: 3 });
    const boris = told(5, 'boris', 1, 'hash-differs', 'its body does not have the stored hash');
    const carl = told(8, 'carl', 1, 'body-unreadable', 'is not the JSON of an event');
    expect(await asked('customer=boris')).toEqual(boris);
    expect(await asked('range=..')).toEqual(boris);
    expect(await asked('customer=carl')).toEqual(carl);
    expect(await asked(`range=${ORIGIN.slice(1)}5..`)).toEqual(carl);
    expect(await asked('customer=dora')).toEqual(told(12, 'dora', 2, 'revision-missing', 'missing'));
    expect((await damaged.get(`${address}?customer=boris&through=${ORIGIN.slice(1)}4`)).body).toMatchObject({ events: 1 });
    await damaged.close();
    remove();
  });

  it('of a long range is cut, goes on where it was cut, and keeps nobody else waiting', async () => {
    const { folder, remove } = temporaryFolder();
    const EVENT_LOG_URL = `sqlite:${folder}/chronicle.sqlite`;
    const writing = await openEventLog(EVENT_LOG_URL);
    await writing.append('relationship-many', 'none', newEvents(100_003, { type: 'curator-departed', data: { curatorId: 'cur-1' } }));
    await writing.close();
    const long = await TestApi.start({ EVENT_LOG_URL });
    const events: DomainEvent[] = [];
    for await (const batch of long.running.services.log.readAll()) events.push(...batch);
    let under = true;
    const first = long.get(`${address}?range=..`).finally(() => {
      under = false;
    });
    let others = 0;
    for (; under; others++) expect((await long.get('/health/live')).status).toBe(200);
    const { body } = await first;
    const [cut, end] = [events[99_999]!.position, events.at(-1)!.position];
    expect(body).toEqual({ range: `${ORIGIN}..${end}`, ...expected(events.slice(0, 100_000)), next: `${cut}..${end}` });
    const rest = await long.get(`${address}?range=${body.next}`);
    expect(rest.body).toEqual({ range: body.next, ...expected(events.slice(100_000)), next: null });
    expect(others).toBeGreaterThan(5);
    await long.close();
    remove();
  });
});
