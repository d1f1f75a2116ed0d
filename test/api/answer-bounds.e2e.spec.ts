import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEventRegistry, openEventLog } from '#event-log';
import { eventDefinitions } from '#relationship';
import { newEvent } from '#testing/new-event.js';
import { openFeed } from './event-source.js';
import { type Answer, nextOf, TestApi, temporaryFolder } from './test-api.js';

const LARGE = 14;
const labels = Object.fromEntries(Array.from({ length: 4_300 }, (_, i) => [`l${i}`, 'x'.repeat(200)]));
const contact = (id: number) =>
  newEvent({
    type: 'contact-recorded',
    data: { contactId: `k${id}`, channel: 'portal', direction: 'inbound', purpose: 'service', participants: [], labels },
  });

let api: TestApi;
let remove: () => void;
beforeAll(async () => {
  const made = temporaryFolder();
  remove = made.remove;
  const url = `sqlite:${made.folder}/chronicle.sqlite`;
  const log = await openEventLog(url, { registry: createEventRegistry(eventDefinitions) });
  const registered = newEvent({ type: 'customer-registered', data: { kind: 'person', role: 'customer' } });
  await log.append('relationship-anna', 'none', [registered, ...Array.from({ length: LARGE }, (_, i) => contact(i))]);
  await log.close();
  api = await TestApi.start({ EVENT_LOG_URL: url });
});
afterAll(async () => {
  await api.close();
  remove();
});

/** Every page, and the characters of the largest. */
const pages = async (address: string, get: (address: string) => ReturnType<TestApi['get']> = (next) => api.get(next)) => {
  const bodies = [];
  let largest = 0;
  for (let next: string | undefined = address; next !== undefined; ) {
    const page: Answer = await get(next);
    const { status, body } = page;
    expect(status).toBe(200);
    bodies.push(body);
    largest = Math.max(largest, JSON.stringify(body).length);
    next = nextOf(page, next);
  }
  return { bodies, largest };
};

describe('a page of large events', () => {
  it.each([
    ['the log', '/events?limit=1000', ({ events }: { readonly events: readonly { readonly revision: number }[] }) => events],
    [
      'one customer',
      '/customers/anna/events?limit=1000',
      ({ events }: { readonly events: readonly { readonly revision: number }[] }) => events,
    ],
    [
      'a timeline',
      '/customers/anna/timeline?limit=500&order=oldest',
      ({ entries }: { readonly entries: readonly { readonly revision: number }[] }) => entries,
    ],
  ])('of %s ends by its size, and the next one goes on', async (_, address, itemsOf) => {
    const { bodies, largest } = await pages(address);
    expect(bodies.flatMap((body) => itemsOf(body).map(({ revision }) => revision))).toEqual(Array.from({ length: LARGE + 1 }, (_, i) => i));
    expect(bodies.length).toBeGreaterThanOrEqual(4);
    expect(largest).toBeLessThan(5_000_000);
  });

  it('is not needed by feeds, which come event by event', async () => {
    for (const address of ['/events/stream', '/customers/anna/timeline/stream']) {
      const feed = await openFeed(api.running.url + address, api.key);
      expect(await feed.take(LARGE + 1)).toHaveLength(LARGE + 1);
      feed.close();
    }
  });
});

describe('curators', () => {
  it('are listed by pages', async () => {
    for (const curatorId of ['c', 'a', 'b']) await api.post('/curators', { curatorId });
    const { bodies } = await pages('/curators?limit=2');
    expect(bodies.map(({ curators }) => curators.map(({ curatorId }: { curatorId: string }) => curatorId))).toEqual([['c', 'a'], ['b']]);
    expect((await api.get('/curators?cursor=nobody')).status).toBe(400);
  });
});

describe('whoever has no good key', () => {
  let limited: TestApi;
  beforeAll(async () => {
    limited = await TestApi.start({ ADDRESS_RATE_LIMIT: '5' });
  });
  afterAll(() => limited.close());
  /** Statuses of many requests at once, and how many the limit lets through in the time that they took. */
  const many = async (address: string, key: string | undefined) => {
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 60 }, () => limited.get(address, { key: key as never })));
    const most = 5 + Math.ceil(((performance.now() - began) / 1_000) * 5);
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    return { answers, count, most };
  };

  it('may ask for what is open so often and no more, and is told when to come back', async () => {
    for (const address of [
      '/health/live',
      '/health/ready',
      '/openapi.json',
      '/asyncapi.json',
      '/docs',
      '/problems',
      '/problems/not-found',
    ]) {
      const { answers, count, most } = await many(address, undefined);
      expect([address, count(200) + count(429)]).toEqual([address, 60]);
      expect(count(200)).toBeLessThanOrEqual(most);
      const rejected = answers.find(({ status }) => status === 429);
      if (most < 60) expect([rejected?.headers.get('retry-after'), rejected?.body.type]).toEqual(['1', '/problems/rate-limited']);
    }
  });

  it('is rejected so often and no more, wherever it asks; keys that were good before go on from the same address', async () => {
    while ((await limited.get('/customers')).status !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
    for (const address of ['/customers', '/nowhere', '/metrics']) {
      const { count, most } = await many(address, `letopis_${'0'.repeat(16)}_${'A'.repeat(43)}`);
      expect([address, count(401) + count(429)]).toEqual([address, 60]);
      expect(count(401)).toBeLessThanOrEqual(most);
      expect((await limited.get('/customers')).status).toBe(200);
    }
  });
});

describe('a long tail of events that only the audit sees', () => {
  const QUIET = 10_500;
  let quiet: TestApi;
  let remove: () => void;
  beforeAll(async () => {
    const made = temporaryFolder();
    remove = made.remove;
    const url = `sqlite:${made.folder}/chronicle.sqlite`;
    const log = await openEventLog(url);
    const registered = newEvent({ type: 'customer-registered', data: { kind: 'person', role: 'customer' } });
    const tail = Array.from({ length: QUIET }, () => newEvent({ type: 'command-remembered', data: {} }));
    const after = await log.append('relationship-quiet', 'none', [registered, ...tail]);
    await log.append('relationship-quiet', after, [contact(1)]);
    await log.close();
    quiet = await TestApi.start({ EVENT_LOG_URL: url });
  });
  afterAll(async () => {
    await quiet.close();
    remove();
  });

  it.each([
    ['/events?limit=1000', 'service', 'service-1'],
    ['/events?limit=1000&types=contact-recorded,command-remembered', 'service', 'service-1'],
    ['/customers/quiet/events?limit=5', 'service', 'service-1'],
    ['/customers/quiet/events?limit=5', 'customer', 'quiet'],
  ] as const)('is passed over in pages of a bounded length: %s as %s', async (address, role, actorId) => {
    const key = await quiet.keyFor(role, actorId);
    const { bodies } = await pages(address, (next) => quiet.get(next, { key }));
    const types = bodies.map(({ events }) => events.map(({ type }: { readonly type: string }) => type));
    expect(types.flat()).toEqual(address.includes('types=') ? ['contact-recorded'] : ['customer-registered', 'contact-recorded']);
    // None of them reads on to the end of the tail where it has nothing to show.
    expect(types.length).toBeGreaterThan(1);
    expect(types[0]).not.toContain('contact-recorded');
  });
});
