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
    const past = await first.take(2);
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

  it('refuses a Last-Event-ID that it never gave', async () => {
    const { body } = await api.get('/events/stream', { headers: { 'last-event-id': 'yesterday' } });
    expect(body.type).toBe('/problems/invalid-header');
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

  it('ends for a curator who loses the customer, with the assignment as the last entry', async () => {
    const customerId = await api.register('cur-a');
    await api.post('/curators', { curatorId: 'cur-b' });
    const feed = await openFeed(at(`/customers/${customerId}/timeline/stream`), await api.keyFor('curator', 'cur-a'));
    await feed.take(2);
    await api.post(`/customers/${customerId}/curator`, { curatorId: 'cur-b' });
    await contact(customerId, 'for the next one');
    await feed.ended;
    const rest = await feed.take(5);
    expect(rest[0]?.event).toBe('curator-assigned');
  });
});

describe('feeds', () => {
  it('end when the key is revoked', async () => {
    const key = await api.keyFor('service');
    const feed = await openFeed(at('/events/stream'), key);
    await api.running.services.keys.revoke(key.split('_')[1] as string, new Date().toISOString());
    await feed.ended;
  });

  it('are bounded in number, and a place is free again when a reader leaves', async () => {
    const place = async () => {
      for (;;) {
        const feed = await openFeed(at('/events/stream'), api.key).catch(() => undefined);
        if (feed) return feed;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const open = [await place(), await place(), await place(), await place()];
    expect((await api.get('/events/stream')).body.type).toBe('/problems/too-many-feeds');
    open[0]?.close();
    open[0] = await place();
    for (const feed of open) feed.close();
  });

  it('end cleanly when the server stops', async () => {
    const own = await TestApi.start();
    const feed = await openFeed(`${own.running.url}/events/stream`, own.key);
    await own.close();
    await feed.ended;
  });
});
