import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openFeed } from './event-source.js';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start({ FEED_LIMIT: '4' });
});
afterAll(() => api.close());

const at = (address: string) => api.running.url + address;
const contact = (customerId: string, summary: string) => api.post(`/customers/${customerId}/contacts`, { ...inbound, summary });

describe('the log, live', () => {
  it('tells what was and what comes, in order, and goes on where a reader left', async () => {
    const customerId = await api.register();
    await contact(customerId, 'one');
    const first = await openFeed(at('/events/stream'), api.key);
    const [, ...past] = await first.take(3);
    await contact(customerId, 'two');
    const [live] = await first.take(1);
    first.close();
    expect(live).toMatchObject({ event: 'contact-recorded', data: { data: { summary: 'two' } } });
    expect(live?.id).toBe(live?.data.position);
    await contact(customerId, 'three');
    const second = await openFeed(at('/events/stream'), api.key, live?.id);
    expect((await second.take(1))[0]?.data.data.summary).toBe('three');
    second.close();
    expect(past.map(({ event }) => event)).toEqual(['customer-registered', 'contact-recorded']);
  });

  it('tells only the types that were asked for', async () => {
    const { body } = await api.get('/events');
    const feed = await openFeed(at(`/events/stream?types=deal-opened&after=${body.head}`), api.key);
    const customerId = await api.register();
    await contact(customerId, 'not this');
    await api.post(`/customers/${customerId}/deals`, {});
    expect((await feed.take(1))[0]?.event).toBe('deal-opened');
    feed.close();
  });

  it('loses nothing and repeats nothing under load, however often the reader comes back', async () => {
    const customers = await Promise.all(Array.from({ length: 5 }, () => api.register()));
    const { body } = await api.get('/events');
    const writing = Promise.all(customers.flatMap((id) => Array.from({ length: 40 }, (_, i) => contact(id, `n${i}`))));
    const seen: string[] = [];
    let last: string = body.head;
    while (seen.length < 200) {
      const feed = await openFeed(at('/events/stream'), api.key, last);
      const frames = await feed.take(Math.min(17, 200 - seen.length));
      feed.close();
      seen.push(...frames.map(({ id }) => id));
      last = frames.at(-1)?.id ?? last;
    }
    await writing;
    expect(new Set(seen).size).toBe(200);
    expect([...seen].sort()).toEqual(seen);
  });

  it('rejects a Last-Event-ID that it never gave, one beyond the log too', async () => {
    const beyond = '9'.repeat(20);
    for (const id of ['yesterday', beyond])
      expect((await api.get('/events/stream', { headers: { 'last-event-id': id } })).body.type).toBe('/problems/invalid-header');
    const { head } = (await api.get('/events?limit=1')).body;
    expect((await api.get(`/events/stream?after=${beyond}`)).body.errors).toEqual([
      { pointer: 'after', detail: `is beyond the end of the log, ${head}` },
    ]);
    const feed = await openFeed(at('/events/stream'), api.key, head);
    feed.close();
  });

  it('rejects types that no event has, and says which there are', async () => {
    for (const address of ['/events', '/events/stream']) {
      const { status, body } = await api.get(`${address}?types=deal-won,nope`);
      expect([status, body.errors[0]]).toEqual([400, { pointer: 'types', detail: expect.stringContaining('deal-won, ') }]);
    }
  });
});

describe('the timeline, live', () => {
  it('tells one customer alone, and resumes by revision', async () => {
    const [customerId, other] = [await api.register(), await api.register()];
    const feed = await openFeed(at(`/customers/${customerId}/timeline/stream`), api.key);
    expect((await feed.take(1))[0]).toMatchObject({ id: '0', event: 'customer-registered', data: { kind: 'identity' } });
    await contact(other, 'not mine');
    await contact(customerId, 'mine');
    const [frame] = await feed.take(1);
    feed.close();
    expect(frame).toMatchObject({ id: '1', data: { kind: 'contact', data: { summary: 'mine' } } });
    await contact(customerId, 'later');
    const again = await openFeed(at(`/customers/${customerId}/timeline/stream`), api.key, '1');
    expect((await again.take(1))[0]?.data.data.summary).toBe('later');
    again.close();
  });

  it('ends for a curator who loses the customer, with the assignment as the last entry, however much comes at once', async () => {
    const customerId = await api.register('cur-a');
    await api.post('/curators', { curatorId: 'cur-b' });
    const assign = (curatorId: string) => ({ name: 'assign-curator', customerId, body: { curatorId } });
    const contacted = { name: 'record-contact', customerId, body: inbound };
    await api.post('/commands', [assign('cur-b'), assign('cur-a'), contacted]);
    const feed = await openFeed(at(`/customers/${customerId}/timeline/stream`), await api.keyFor('curator', 'cur-a'));
    expect((await feed.take(5)).at(-1)?.event).toBe('contact-recorded');
    await api.post('/commands', [contacted, assign('cur-b'), contacted, contacted]);
    await feed.ended;
    expect((await feed.take(9)).map(({ event }) => event)).toEqual(['contact-recorded', 'curator-assigned']);
  });
});

describe('feeds', () => {
  it('end when the key is revoked', async () => {
    const key = await api.keyFor('service');
    const feed = await openFeed(at('/events/stream'), key);
    await api.running.services.keys.revoke(key.split('_')[1] as string, new Date().toISOString());
    await feed.ended;
  });

  it('are bounded in number, for one key at half of it, and a place is free again when a reader leaves', async () => {
    const place = async (key: string) => {
      for (;;) {
        const feed = await openFeed(at('/events/stream'), key).catch(() => undefined);
        if (feed) return feed;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const rejected = async (key: string) => (await api.get('/events/stream', { key })).body.type === '/problems/too-many-feeds';
    const [one, other, third] = [await api.keyFor('service'), await api.keyFor('service'), await api.keyFor('service')] as const;
    const open = [await place(one), await place(one)];
    expect(await rejected(one)).toBe(true);
    open.push(await place(other), await place(other));
    expect(await rejected(third)).toBe(true);
    open[0]?.close();
    open[0] = await place(third);
    for (const feed of open) feed.close();
  });

  it('are not opened by HEAD, nor twice over one connection', async () => {
    const own = await TestApi.start({ FEED_LIMIT: '4' });
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const request = (method: string) => `${method} /events/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${own.key}\r\n\r\n`;
    const socket = connect(own.running.port, '127.0.0.1');
    let told = '';
    const until = async (what: RegExp) => {
      while (!what.test(told)) told += (await once(socket, 'data'))[0];
    };
    socket.write(request('HEAD').repeat(20));
    await until(/(HTTP\/1\.1 200[\s\S]*){20}/);
    expect(told).toContain('text/event-stream');
    const feeds = async () => /letopis_feeds_open (\d+)/.exec((await own.get('/metrics')).body)?.[1];
    expect(await feeds()).toBe('0');
    socket.write(request('GET').repeat(20));
    await until(/retry: 1000/);
    expect(await feeds()).toBe('1');
    expect(warnings).toEqual([]);
    process.off('warning', onWarning);
    socket.destroy();
    await own.close();
  });

  it('end cleanly when the server stops', async () => {
    const own = await TestApi.start();
    const feed = await openFeed(`${own.running.url}/events/stream`, own.key);
    await own.close();
    await feed.ended;
  });
});
