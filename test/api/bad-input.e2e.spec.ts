import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inbound, TestApi } from './test-api.js';

let api: TestApi;
let customerId: string;
beforeAll(async () => {
  api = await TestApi.start();
  customerId = await api.register();
});
afterAll(() => api.close());

const head = async () => (await api.get('/events')).body.head;

describe('a body that does not fit', () => {
  it('is rejected with everything that is wrong at once, and nothing is appended', async () => {
    const before = await head();
    const { status, body } = await api.post(`/customers/${customerId}/contacts`, {
      channel: 7,
      direction: 'sideways',
      colour: 'red',
      durationSeconds: -1,
      regarding: { dealId: 3, pet: 'cat' },
      participants: [{ role: 'guest' }, { name: 'x' }],
      occurredAt: '2026-02-30T10:00:00Z',
    });
    expect([status, body.type]).toEqual([422, '/problems/invalid-body']);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/channel',
      '/colour',
      '/direction',
      '/durationSeconds',
      '/occurredAt',
      '/participants/1/role',
      '/purpose',
      '/regarding/dealId',
      '/regarding/pet',
    ]);
    for (const { detail } of body.errors) expect(detail).toEqual(expect.stringMatching(/\S/));
    expect(body.errors).toContainEqual({ pointer: '/channel', detail: 'must be a string of 1 to 100 characters' });
    expect(await head()).toBe(before);
  });

  it('never quotes a value back', async () => {
    const { body } = await api.post(`/customers/${customerId}/contacts`, {
      ...inbound,
      direction: 'Nadia Ward',
      durationSeconds: 'n@w.org',
    });
    expect(JSON.stringify(body)).not.toMatch(/Nadia|n@w/);
  });

  it.each([
    ['a list', []],
    ['a text', 'hello'],
    ['null', null],
    ['a number', 5],
  ])('is rejected when it is %s', async (_, body) => {
    const { status, body: problem } = await api.post(`/customers/${customerId}/contacts`, body);
    expect([status, problem.type]).toEqual([422, '/problems/invalid-body']);
  });

  it.each([['2026-02-30T10:00:00Z'], ['2026-13-01T00:00:00Z'], ['2026-11-22'], ['yesterday'], ['2026-11-22T10:00:00'], [17]])(
    'is rejected with the impossible or unzoned instant %s',
    async (occurredAt) => {
      const { status, body } = await api.post(`/customers/${customerId}/contacts`, { ...inbound, occurredAt });
      expect([status, body.errors[0].pointer]).toEqual([422, '/occurredAt']);
    },
  );
});

describe('a body that holds too much', () => {
  const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, 1]));

  it('is rejected by the number of its members or labels, in a short answer, and nothing is appended', async () => {
    const before = await head();
    for (const [body, errors] of [
      [members(80_000), [{ pointer: '', detail: 'has 80000 members; at most 64 are allowed' }]],
      [{ ...inbound, labels: members(60_000) }, [{ pointer: '/labels', detail: 'has 60000 members; at most 5000 are allowed' }]],
    ] as const) {
      const { status, body: problem } = await api.post(`/customers/${customerId}/contacts`, body);
      expect([status, problem.type, problem.errors]).toEqual([422, '/problems/invalid-body', errors]);
      const { body: bulk } = await api.post('/commands', [{ name: 'record-contact', customerId, body }]);
      expect(bulk.results).toEqual([{ status: 422, problem: expect.objectContaining({ errors }) }]);
    }
    expect(await head()).toBe(before);
  });

  it('answers shortly whatever is wrong, of one command and of a thousand', async () => {
    const long = 'n'.repeat(100_000);
    const one = await api.post(`/customers/${customerId}/contacts`, { ...inbound, [long]: 1, labels: { [long]: 'x' } });
    expect(one.status).toBe(422);
    expect(JSON.stringify(one.body).length).toBeLessThan(5_000);
    const item = { name: 'record-contact', customerId, body: inbound, ...members(90) };
    const bulk = await api.post('/commands', Array(1_000).fill(item));
    expect(bulk.body.results[999].problem.errors.length + bulk.body.results[999].problem.errorsLeftOut).toBe(90);
    expect(JSON.stringify(bulk.body).length).toBeLessThan(5_000_000);
    const query = await api.get(
      `/views/deals?${new URLSearchParams(Array.from({ length: 1_000 }, (_, i): [string, string] => [`p${i}`, 'x']))}`,
    );
    expect(query.body.errors.length + query.body.errorsLeftOut).toBe(1_000);
    expect(JSON.stringify(query.body).length).toBeLessThan(50_000);
  });
});

describe('a body that cannot be read', () => {
  const send = (raw: string | Uint8Array<ArrayBuffer>, headers = {}) => api.get(`/customers/${customerId}/contacts`, { raw, headers });

  it('answers 400 with the place where it stops being JSON, and does not quote it', async () => {
    const { status, body } = await send('{"channel": "phone",\n "summary": Nadia}');
    expect([status, body.type]).toEqual([400, '/problems/malformed-json']);
    expect(body).toMatchObject({ position: 33, line: 2, column: 13 });
    expect(JSON.stringify(body)).not.toContain('Nadia');
    expect((await send('{"a": "b"')).body.detail).toContain('ends too early at position 9');
  });

  it('names broken UTF-8 and its place', async () => {
    const { status, body } = await send(new Uint8Array([...new TextEncoder().encode('{"summary":"é'), 0xc3, 0x28, 0x22, 0x7d]));
    expect([status, body.type, body.position]).toEqual([400, '/problems/malformed-utf8', 14]);
  });

  it('rejects what could poison an object or exhaust the stack', async () => {
    expect((await send('{"__proto__": {"admin": true}}')).status).toBe(400);
    expect((await send('{"\\u005f_proto__": 1}')).status).toBe(400);
    expect((await send(`{"labels":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)).body.type).toBe('/problems/malformed-json');
  });

  it('rejects half a surrogate pair', async () => {
    const { status, body } = await send(`{"channel":"phone","direction":"inbound","purpose":"information","summary":"\\ud83d"}`);
    expect([status, body.type]).toEqual([422, '/problems/invalid-body']);
  });

  it('rejects half a surrogate pair wherever it stands in what may be repeated', async () => {
    const register = (over: object) => ({
      name: 'register-customer',
      body: { kind: 'person' },
      source: { system: 'crm', id: '1' },
      ...over,
    });
    const { body } = await api.post('/commands', [
      register({ source: { system: 'crm', id: '\ud83d' } }),
      register({ occurredAt: '\ud83d', idempotencyKey: 'half-1' }),
      register({ body: { kind: 'person', '\ud83d': 1 }, idempotencyKey: 'half-2' }),
    ]);
    const told = body.results.map(({ status, problem }: { status: number; problem?: { type: string } }) => [status, problem?.type]);
    expect(told).toEqual(Array(3).fill([422, '/problems/invalid-body']));
  });

  it('answers 415 to another content type', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      expect((await send('a=b', { 'content-type': type })).body.type).toBe('/problems/unsupported-media-type');
  });

  it('answers 415 to an encoded body, which is not decoded here', async () => {
    const { status, body } = await send(JSON.stringify(inbound), { 'content-encoding': 'gzip' });
    expect([status, body.type]).toEqual([415, '/problems/unsupported-media-type']);
    expect((await send(JSON.stringify(inbound), { 'content-encoding': 'identity' })).status).toBe(201);
  });

  it('answers 413 to 10 MB, whether the length is told beforehand or not', async () => {
    const big = JSON.stringify({ ...inbound, summary: 'x'.repeat(10 * 1024 * 1024) });
    const told = await send(big).catch((error: Error) => error);
    if (!(told instanceof Error)) expect([told.status, told.body.type]).toEqual([413, '/problems/body-too-large']);
    const response = await fetch(`${api.running.url}/customers/${customerId}/contacts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' },
      body: new Blob([big]).stream(),
      duplex: 'half',
    } as RequestInit).catch((error: Error) => error);
    if (!(response instanceof Error)) expect(response.status).toBe(413);
    expect((await api.get('/health/live')).status).toBe(200);
  });
});

describe('an address that does not fit', () => {
  it.each(['nadia@example.org', '+44 20 7946 0000', 'Nadia Ward', 'a'.repeat(65), '..%2f..%2fetc', '%00'])(
    'rejects %s as a customer id',
    async (id) => {
      for (const answer of [
        await api.get(`/customers/${encodeURIComponent(id)}/timeline`),
        await api.post(`/customers/${encodeURIComponent(id)}/contacts`, inbound),
      ])
        expect([400, 404]).toContain(answer.status);
      expect((await api.post('/customers', { customerId: id, kind: 'person' })).status).toBe(422);
    },
  );

  it('is that of no id: one that is taken can be asked for again, whatever stands in it', async () => {
    const deals = `/customers/${customerId}/deals`;
    for (const dealId of ['😀'.repeat(128), '/'.repeat(128), 'a b?#%', 'д'.repeat(128)]) {
      expect((await api.post(deals, { dealId })).status).toBe(201);
      const to = { minor: 1, currency: 'EUR' };
      expect((await api.post(`${deals}/${encodeURIComponent(dealId)}/value`, { to })).status).toBe(200);
    }
    for (const dealId of ['.', '..'])
      expect((await api.post(deals, { dealId })).body.errors).toEqual([
        { pointer: '/dealId', detail: 'must be an id other than . and ..' },
      ]);
  });

  it('answers a malformed escape with a problem', async () => {
    const { status, headers } = await api.get('/customers/%E0%A4%A');
    expect([status, headers.get('content-type')]).toEqual([400, expect.stringContaining('application/problem+json')]);
  });

  it('rejects unknown, repeated and wrong query parameters, all at once', async () => {
    const { status, body } = await api.get('/views/deals?colour=red&limit=0&status=open&status=won&asOf=2026-02-30');
    expect([status, body.type]).toEqual([400, '/problems/invalid-query']);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(['asOf', 'colour', 'limit', 'status']);
    for (const asOf of ['9999-12-31T23:59:59.999-23:59', '0000-01-01T00:00:00+23:59', '2026-02-30T10:00:00Z'])
      expect((await api.get(`/views/funnel?asOf=${encodeURIComponent(asOf)}`)).status).toBe(400);
    expect((await api.post(`/customers/${customerId}/contacts?dryRun=1`, inbound)).status).toBe(400);
    expect((await api.get('/views/deals?cursor=nonsense')).body.errors[0].pointer).toBe('cursor');
  });

  it('answers 404 to an unknown address, and 405 with those that there are to an unknown method', async () => {
    expect((await api.get('/nowhere')).body.type).toBe('/problems/not-found');
    for (const [address, method, known] of [
      [`/customers/${customerId}`, 'DELETE', 'GET, HEAD, OPTIONS'],
      [`/customers/${customerId}/contacts`, 'GET', 'OPTIONS, POST'],
      ['/customers', 'PUT', 'GET, HEAD, OPTIONS, POST'],
    ] as const) {
      const { status, headers, body } = await api.get(address, { method });
      expect([status, body.type, headers.get('allow')?.split(', ').sort().join(', ')]).toEqual([
        405,
        '/problems/method-not-allowed',
        known,
      ]);
      expect((await api.get(address, { method, key: undefined as never })).status).toBe(401);
    }
  });
});

describe('what is not HTTP', () => {
  it('is answered with a problem and hung up on', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(api.running.port, '127.0.0.1', () => socket.write('GARBAGE\r\n\r\n'));
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400[\s\S]*malformed-request/);
  });
});
