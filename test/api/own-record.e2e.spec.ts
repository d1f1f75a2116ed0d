import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEventLog } from '#event-log';
import { customerAudience } from '#platform';
import { policyNames, policyPublished } from '#relationship';
import { type DescribedAnswers, describedAnswers } from './described-answers.js';
import { openFeed } from './event-source.js';
import { type Mark, type MarkedEvent, markedEvents } from './marked-events.js';
import { type Answer, type Call, inbound, nextOf, revisionTag, TestApi, temporaryFolder } from './test-api.js';

/** One customer each: everything that may happen, the same about the same things, and an end after which little is left. */
const apart = markedEvents({ prefix: 1, without: ['customer-erased'] });
const together = markedEvents({ prefix: 2, without: ['customer-erased', 'customer-merged', 'customer-unmerged'], linked: true });
const ended = markedEvents({ prefix: 3 }).filter(({ event: { type } }) => type === 'customer-registered' || type === 'customer-erased');
const records: Readonly<Record<string, readonly MarkedEvent[]>> = { apart, together, ended };

const marks = [...apart, ...together, ...ended].flatMap((each) => each.marks);
const hidden = marks.filter(({ shown }) => !shown);
/** A word may be a part of another, such as of a cursor; a number or a code of three letters is found in others by chance. */
const isFound = ({ value }: Mark, text: string) =>
  typeof value === 'string' && value.length > 3 ? text.includes(value) : new RegExp(`(?<![\\w.])${value}(?![\\w.])`).test(text);
/** Where the hidden values of a text came from. */
const leaks = (text: string, sent = ''): readonly string[] =>
  hidden.filter((mark) => isFound(mark, text) && !isFound(mark, sent)).map(({ at }) => at);

let api: TestApi;
let removeFolder: () => void;
let described: DescribedAnswers;
const keys: Record<string, string> = {};
interface Operation {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: { readonly enum?: readonly string[] } }[];
  readonly body?: object;
  readonly feed: boolean;
}
/** Everything that the OpenAPI document says is open to customers. */
let operations: readonly Operation[];

beforeAll(async () => {
  const { folder, remove } = temporaryFolder();
  removeFolder = remove;
  const EVENT_LOG_URL = `sqlite:${folder}/chronicle.sqlite`;
  const log = await openEventLog(EVENT_LOG_URL);
  for (const [customerId, events] of Object.entries(records)) {
    await log.append(
      `relationship-${customerId}`,
      'none',
      events.map(({ event }) => event),
    );
  }
  await log.close();
  api = await TestApi.start({ EVENT_LOG_URL });
  for (const customerId of Object.keys(records)) keys[customerId] = await api.keyFor('customer', customerId);
  const { body: document } = await api.get('/openapi.json');
  described = describedAnswers(document);
  operations = operationsOf(document);
});
afterAll(async () => {
  await api.close();
  removeFolder();
});

const operationsOf = (document: Answer['body']): readonly Operation[] =>
  Object.entries<Answer['body']>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Answer['body']>(methods)
      // What is kept is released to the customer on purpose, also what is hidden otherwise: `export.e2e.spec.ts`.
      .filter(([, { operationId }]) => operationId !== 'export-kept-data')
      .filter(([, { description }]) => /^Roles: ([a-z]+, )*customer\b/.test(description ?? ''))
      .map(([method, { operationId, parameters = [], requestBody, responses }]) => ({
        name: operationId,
        method: method.toUpperCase() as 'GET' | 'POST',
        path,
        parameters: parameters.filter((each: { in: string }) => each.in === 'query'),
        body: requestBody?.content['application/json'].example,
        feed: responses[200]?.content?.['text/event-stream'] !== undefined,
      })),
  );

/** The addresses of an operation on the own record. */
const shownPolicies = policyNames.filter(
  (name) => customerAudience.shown(new Map(), { type: policyPublished.type, data: { name } }) !== undefined,
);
const addressesOf = ({ path }: Operation, customerId: string): readonly string[] =>
  path.includes('{policyName}')
    ? shownPolicies.map((name) => path.replace('{policyName}', name))
    : [path.replace('{customerId}', customerId).replaceAll(/\{[A-Za-z]+\}/g, 'nothing')];

const cursors = (link: string | null): string =>
  [...(link ?? '').matchAll(/cursor=([^&>]+)/g)].map(([, cursor]) => Buffer.from(cursor ?? '', 'base64url').toString()).join();
/** All that an answer says, headers and what is encoded in them too. */
const said = ({ status, headers, body }: Answer): string => JSON.stringify([status, [...headers], cursors(headers.get('link')), body]);

const get = (customerId: string, address: string, call: Call = {}) => api.get(address, { key: keys[customerId] as string, ...call });
/** The pages of a list, to its end. */
const pagesOf = async (customerId: string, address: string): Promise<readonly Answer[]> => {
  const pages: Answer[] = [];
  for (let next: string | undefined = address; next !== undefined; ) {
    const page = await get(customerId, next);
    pages.push(page);
    next = nextOf(page, next);
  }
  return pages;
};

describe('what is asked with the key of a customer', () => {
  it('is every kind of thing that may be asked', () => {
    expect(operations.filter(({ method, feed }) => method === 'GET' && !feed).length).toBeGreaterThan(3);
    expect(operations.filter(({ method }) => method === 'POST').length).toBeGreaterThan(3);
    expect(operations.filter(({ feed }) => feed)).toHaveLength(1);
    for (const events of [apart, together]) {
      const all = events.flatMap((event) => event.marks);
      expect([all.some(({ shown }) => shown), all.some(({ shown }) => !shown)]).toEqual([true, true]);
    }
  });

  it.each(Object.keys(records))('answers with nothing that is hidden, now and at other times, of the customer %s', async (customerId) => {
    const times = ['', 'asOf=2026-01-01T01:00:00.000Z', 'asOf=2035-01-01', 'knownAt=2026-01-01T02:00:00.000Z', 'knownAt=2035-01-01'];
    for (const operation of operations.filter(({ method, feed }) => method === 'GET' && !feed)) {
      const travels = operation.parameters.some(({ name }) => name === 'asOf') ? times : [''];
      for (const address of addressesOf(operation, customerId))
        for (const time of travels) {
          const answer = await get(customerId, `${address}?${time}`);
          const status = address.startsWith('/customers/ended') ? 410 : 200;
          expect({ address, time, status: answer.status }).toEqual({ address, time, status });
          expect({ address, time, faults: described.faults('GET', operation.path, status, answer.body) }).toEqual({
            address,
            time,
            faults: [],
          });
          expect({ address, time, leaks: leaks(said(answer)) }).toEqual({ address, time, leaks: [] });
        }
    }
  });

  it('is not found where it is a policy that customers do not see', async () => {
    const others = policyNames.filter((name) => !shownPolicies.includes(name));
    expect(others).toContain('overdue');
    for (const name of others) expect((await get('apart', `/policies/${name}`)).status).toBe(404);
  });

  it.each(['timeline', 'events'])('shows all that is meant for customers in the %s, page by page too', async (list) => {
    for (const customerId of ['apart', 'together']) {
      const pages = await pagesOf(customerId, `/customers/${customerId}/${list}?limit=7`);
      expect(pages.flatMap((page) => leaks(said(page)))).toEqual([]);
      const text = pages.map(said).join();
      const expected = records[customerId]!.flatMap((event) => event.marks).filter(({ shown }) => shown);
      expect(expected.filter((mark) => !isFound(mark, text)).map(({ at }) => at)).toEqual([]);
      const [whole] = await pagesOf(customerId, `/customers/${customerId}/${list}?limit=500`);
      const rows = (body: Answer['body']) => body.entries ?? body.events;
      expect(pages.flatMap(({ body }) => rows(body))).toEqual(rows(whole?.body));
    }
  });

  it('shows on the card what is left: open work, what was bought and who the customer is', async () => {
    const answer = await get('apart', '/customers/apart');
    const { body } = answer;
    const revision = (await api.get('/customers/apart/events?limit=1000')).body.events.at(-1).revision;
    expect(revisionTag(answer)).toBe(`"${revision}"`);
    expect(body).toMatchObject({ segment: null, acquisition: [], aliases: [], churn: null });
    for (const list of ['identifiers', 'consents', 'openDeals', 'openPromises', 'openComplaints'])
      expect({ list, some: body[list].length > 0 }).toEqual({ list, some: true });
    // The marked assignments begin in 2031.
    expect((await get('apart', '/customers/apart?asOf=2035-01-01')).body.curators.length).toBeGreaterThan(0);
    expect(Object.keys(body.value).length).toBeGreaterThan(0);
    expect(body.nextPlannedContact).not.toBeNull();
    expect(body.channels.observed.every(({ internal }: { internal: number }) => internal === 0)).toBe(true);
    expect((await get('together', '/customers/together')).body.ladder.because.length).toBeGreaterThan(0);
  });

  it('is the same whether it is asked with a hidden value or with one that never was', async () => {
    const content = ({ status, body }: Answer) => {
      const { asOf: _, requestId: __, ...rest } = body;
      return [status, rest];
    };
    // Words of all kinds; numbers and instants are read by another rule.
    const words = hidden.filter(({ value, at }) => typeof value === 'string' && value.endsWith('x') && at.startsWith('contact-recorded#'));
    expect(words.length).toBeGreaterThan(10);
    for (const operation of operations.filter(({ method, feed }) => method === 'GET' && !feed))
      for (const { name } of operation.parameters) {
        const [address] = addressesOf(operation, 'apart');
        const asking = async (value: string) => content(await get('apart', `${address}?${name}=${encodeURIComponent(value)}`));
        const never = await asking('neverx');
        for (const { value } of words) expect(await asking(String(value))).toEqual(never);
      }
    const types = [...new Set(apart.map(({ event: { type } }) => type))].filter((type) =>
      apart.every(({ event, shown }) => event.type !== type || !shown),
    );
    expect(types.length).toBeGreaterThan(1);
    for (const type of types) expect((await get('apart', `/customers/apart/timeline?type=${type}`)).body.entries).toEqual([]);
  });

  it('is live what the timeline shows, and continues after a frame', async () => {
    const feed = operations.find((operation) => operation.feed) as Operation;
    for (const customerId of ['apart', 'together']) {
      const address = `${api.running.url}${addressesOf(feed, customerId)[0]}`;
      const shown = records[customerId]!.filter((event) => event.shown);
      const reading = await openFeed(address, keys[customerId] as string);
      const frames = await reading.take(shown.length);
      expect(frames.map(({ data }) => data.eventId)).toEqual(shown.map(({ event }) => event.id));
      const text = JSON.stringify(frames);
      expect(leaks(text)).toEqual([]);
      const expected = shown.flatMap((event) => event.marks).filter((mark) => mark.shown);
      expect(expected.filter((mark) => !isFound(mark, text)).map(({ at }) => at)).toEqual([]);
      for (const { data } of frames) expect(described.faultsOf('TimelineFrame', data)).toEqual([]);

      const contact = { channel: 'email', purpose: 'information', direction: 'internal', summary: 'among ourselves' };
      await api.post(`/customers/${customerId}/contacts`, contact);
      const { body } = await api.post(`/customers/${customerId}/contacts`, { ...contact, direction: 'inbound', summary: 'hello' });
      const [next] = await reading.take(1);
      expect([next?.data.eventId, next?.data.data.summary]).toEqual([body.events[0], 'hello']);
      reading.close();
      const later = await openFeed(address, keys[customerId] as string, frames.at(-1)?.id);
      expect((await later.take(1)).map(({ data }) => data.eventId)).toEqual([body.events[0]]);
      later.close();
    }
  });
});

describe('a command with the key of a customer', () => {
  const commands = () => operations.filter(({ method, path }) => method === 'POST' && path !== '/commands');

  it('is answered, and rejected, without what is hidden', async () => {
    for (const operation of commands())
      for (const customerId of Object.keys(records)) {
        const [address] = addressesOf(operation, customerId);
        const key = keys[customerId] as string;
        for (const body of [operation.body, {}, { ...operation.body, nope: 1 }])
          for (const headers of [{}, { 'if-match': '"0"' }]) {
            const answer = await api.post(address as string, body, { key, headers: headers as Record<string, string> });
            expect({ address, leaks: leaks(said(answer)) }).toEqual({ address, leaks: [] });
          }
      }
    expect((await api.post('/customers/together/complaints', {}, { key: keys.together as string })).status).toBe(201);
  });

  it('that names what is hidden is answered as one that names what never was', async () => {
    const ids = hidden.filter(({ value, at }) => typeof value === 'string' && /Id$/.test(at)).map(({ value }) => String(value));
    expect(ids.length).toBeGreaterThan(5);
    let asked = 0;
    for (const operation of commands()) {
      const [address] = addressesOf(operation, 'apart');
      for (const member of ['contactId', 'dealId']) {
        // Where the customer chooses the id, one that is taken cannot be given again.
        if (operation.name === 'record-contact' && member === 'contactId') continue;
        const send = async (id: string) => {
          const { status, body } = await api.post(address as string, { ...operation.body, [member]: id }, { key: keys.apart as string });
          return [status, String(body.type), String(body.detail).replace(id, '…')];
        };
        const never = await send('never');
        if (never[0] === 422) continue;
        asked++;
        for (const id of ids) expect(await send(id)).toEqual(never);
      }
    }
    expect(asked).toBeGreaterThan(2);
  });

  it('is no oracle of where other commands came from: its sources are its own', async () => {
    const [customerId, other] = [await api.register(), await api.register()];
    const key = await api.keyFor('customer', customerId);
    const headers = { 'letopis-source': 'mailbox/4711' };
    await api.post(`/customers/${customerId}/contacts`, { ...inbound, direction: 'internal' }, { headers });
    await api.post(`/customers/${other}/complaints`, { summary: 'late' }, { headers });
    for (const [path, body] of [
      ['contacts', inbound],
      ['complaints', { summary: 'late' }],
    ] as const) {
      const first = await api.post(`/customers/${customerId}/${path}`, body, { key, headers });
      expect([first.status, first.body.replayed]).toEqual([201, false]);
      const again = await api.post(`/customers/${customerId}/${path}`, body, { key, headers });
      expect([again.status, again.body]).toEqual([200, { ...first.body, replayed: true }]);
    }
  });

  it('in a bulk request is answered likewise', async () => {
    const items = commands().flatMap(({ name, body }) => [
      { name, customerId: 'apart', body },
      { name, customerId: 'apart', body: {} },
      { name, customerId: 'together', body },
    ]);
    const answer = await api.post('/commands', items, { key: keys.apart as string });
    expect([answer.status, answer.body.results.length]).toEqual([200, items.length]);
    expect(leaks(said(answer))).toEqual([]);
  });
});
