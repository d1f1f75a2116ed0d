import { spawnSync } from 'node:child_process';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inbound, TestApi } from './test-api.js';

const open = { key: undefined as never };
const python = spawnSync('python3', ['--version']).status === 0;

let api: TestApi;
let customerId: string;
let position: string;
beforeAll(async () => {
  api = await TestApi.start({ CORS_ORIGINS: 'https://app.example.org' });
  customerId = await api.register();
  for (let n = 0; n < 30; n++) ({ position } = (await api.post(`/customers/${customerId}/contacts`, inbound)).body);
});
afterAll(() => api.close());
const card = () => api.get(`/customers/${customerId}`, { headers: { 'min-position': position } });

describe('a client in Python', () => {
  (python ? it : it.skip)('reads every instant of the answers as one', async () => {
    const addresses = [
      '/policies/ladder',
      '/policies/channels',
      `/customers/${customerId}`,
      `/customers/${customerId}/timeline`,
      '/views/churn',
    ];
    const bodies = await Promise.all(
      addresses.map(async (address) => (await api.get(address, { headers: { 'min-position': position } })).body),
    );
    expect(bodies[0].versions[0]).toMatchObject({ name: 'ladder', version: 1, effectiveFrom: null });
    const program = [
      'import json, re, sys',
      'from datetime import datetime',
      'count = 0',
      'def walk(value):',
      '    global count',
      '    if isinstance(value, dict): [walk(each) for each in value.values()]',
      '    elif isinstance(value, list): [walk(each) for each in value]',
      '    elif isinstance(value, str) and re.match(r"^\\d{4}-\\d\\d-\\d\\dT", value):',
      '        datetime.fromisoformat(value.replace("Z", "+00:00"))',
      '        count += 1',
      'walk(json.load(sys.stdin))',
      'print(count)',
    ].join('\n');
    const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input: JSON.stringify(bodies), encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(Number(stdout)).toBeGreaterThan(30);
  });
});

describe('a generated client', () => {
  // biome-ignore lint/suspicious/noExplicitAny: OpenAPI and AsyncAPI documents
  const documents: any[] = [];
  beforeAll(async () => {
    for (const address of ['/openapi.json', '/asyncapi.json']) documents.push((await api.get(address, open)).body);
  });
  /** Everything in a document that is an object. */
  function* nodes(value: unknown): Generator<Readonly<Record<string, unknown>>> {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) yield value as Readonly<Record<string, unknown>>;
    for (const each of Object.values(value)) yield* nodes(each);
  }

  it('finds words to choose from as an enum with a type, in both documents', () => {
    for (const document of documents) {
      const all = [...nodes(document)];
      const choices = all.flatMap(({ anyOf, oneOf }) => [anyOf, oneOf]).filter((each) => Array.isArray(each)) as object[][];
      expect(choices.filter((branches) => branches.every((branch) => 'const' in branch))).toEqual([]);
      const untyped = all.filter(
        (each) => Array.isArray(each.enum) && each.enum.every((value) => typeof value === 'string') && each.type === undefined,
      );
      expect(untyped).toEqual([]);
    }
  });

  it('is told which parameters it has to give, and gets what is wrong with those that it left out', async () => {
    const [{ paths }] = documents;
    const requiredOf = (path: string) =>
      paths[path].get.parameters
        .filter((one: { in: string; required?: boolean }) => one.in === 'query' && one.required)
        .map(({ name }: { name: string }) => name);
    expect(requiredOf('/views/ladder/customers')).toEqual(['rung']);
    expect(requiredOf('/views/ladder/moves')).toEqual(['from']);
    expect(requiredOf('/views/{view}/events')).toEqual(['series']);
    const curatorId = paths['/views/desk'].get.parameters.find(({ name }: { name: string }) => name === 'curatorId');
    expect([curatorId.required, curatorId['x-required-of']]).toEqual([undefined, expect.arrayContaining(['supervisor'])]);
    for (const [address, name] of [
      ['/views/ladder/customers', 'rung'],
      ['/views/ladder/moves', 'from'],
      ['/views/funnel/events', 'series'],
      ['/views/desk', 'curatorId'],
    ] as const)
      expect(await api.get(address)).toMatchObject({ status: 400, body: { errors: [{ pointer: name, detail: 'is required' }] } });
  });

  it('tells the versions of policies apart by their name, and the events by their type', () => {
    const { schemas } = documents[0].components;
    expect(schemas.PolicyHistory.properties.versions.items.discriminator).toMatchObject({
      propertyName: 'name',
      mapping: { 'loss-reasons': '#/components/schemas/LossReasonsPolicyVersion' },
    });
    expect(schemas.CustomerEvents.discriminator.propertyName).toBe('kind');
    expect(schemas.UnderstoodEvent.discriminator.propertyName).toBe('type');
    for (const { discriminator } of [...nodes(documents[0])] as { discriminator?: { mapping: Record<string, string> } }[])
      for (const target of Object.values(discriminator?.mapping ?? {})) expect(schemas).toHaveProperty(target.split('/').at(-1) as string);
  });

  it('finds the headers of every message to be an object', () => {
    const messages = Object.entries<{ headers: { type?: string } }>(documents[1].components.messages);
    expect(messages.length).toBeGreaterThan(30);
    for (const [name, { headers }] of messages) expect([name, headers.type]).toEqual([name, 'object']);
  });
});

describe('behind a proxy that puts a path before ours', () => {
  let proxy: Server;
  let base: string;
  beforeAll(async () => {
    proxy = createServer((incoming, outgoing) => {
      if (!incoming.url?.startsWith('/crm/letopis/')) return void outgoing.writeHead(404).end();
      const { method, headers } = incoming;
      const target = httpRequest(
        api.running.url + incoming.url.slice('/crm/letopis'.length),
        { method: method as string, headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode as number, answer.headers);
          answer.pipe(outgoing);
        },
      );
      incoming.pipe(target);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/crm/letopis`;
  });
  afterAll(() => new Promise((resolve) => proxy.close(resolve)));
  const ask = (url: string | URL, init: RequestInit = {}) =>
    fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${api.key}`, 'content-type': 'application/json' } });

  it('lists lead on to their next pages, and commands to their records', async () => {
    for (const first of ['/events?limit=10', `/customers/${customerId}/timeline?limit=10`, `/customers/${customerId}/events?limit=10`]) {
      let pages = 0;
      for (let next: URL | undefined = new URL(base + first); next !== undefined; pages++) {
        const response: Response = await ask(next);
        expect(response.status).toBe(200);
        const link = /<([^>]+)>/.exec(response.headers.get('link') ?? '')?.[1];
        next = link === undefined ? undefined : new URL(link, response.url);
      }
      expect(pages).toBeGreaterThan(3);
    }
    for (const [address, body] of [
      ['/customers', { kind: 'person' }],
      [`/customers/${customerId}/contacts`, inbound],
    ] as const) {
      const response = await ask(base + address, { method: 'POST', body: JSON.stringify(body) });
      const { position: reached } = (await response.json()) as { readonly position: string };
      const record = await ask(new URL(response.headers.get('location') as string, response.url), { headers: { 'min-position': reached } });
      expect([response.status, record.status]).toEqual([201, 200]);
    }
  });

  it('the pages for people find what they are made of, and the document the API', async () => {
    const page = await fetch(`${base}/docs`);
    const html = await page.text();
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => new URL(part as string, page.url));
    expect(parts.length).toBe(4);
    for (const part of parts) expect((await fetch(part)).status).toBe(200);
    const start = await (await fetch(parts.at(-1) as URL)).text();
    const document = await fetch(new URL(/url: '([^']+)'/.exec(start)?.[1] as string, page.url));
    const { servers } = (await document.json()) as { servers: { url: string }[] };
    expect(new URL(servers[0]?.url as string, document.url).href).toBe(`${base}/`);
    const problems = await fetch(`${base}/problems`);
    const [, first] = /href="([^"]+)"/.exec(await problems.text()) ?? [];
    const one = await fetch(new URL(first as string, problems.url));
    const [, back] = /href="([^"]+)"/.exec(await one.text()) ?? [];
    expect(new URL(back as string, one.url).href).toBe(`${base}/problems`);
  });

  it('PUBLIC_URL makes links whole', async () => {
    const other = await TestApi.start({ PUBLIC_URL: 'https://example.org/crm/' });
    const { headers, body } = await other.post('/customers', { kind: 'person' });
    expect(headers.get('location')).toBe(`https://example.org/crm/customers/${body.ids.customerId}`);
    await other.post(`/customers/${body.ids.customerId}/contacts`, inbound);
    expect((await other.get('/events?limit=1')).headers.get('link')).toMatch(/^<https:\/\/example\.org\/crm\/events\?after=\d+&limit=1>/);
    expect((await other.get('/openapi.json', open)).body.servers).toEqual([{ url: 'https://example.org/crm' }]);
    await other.close();
  });
});

describe('answers', () => {
  it.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
  ])('come compressed with %s to whoever takes it', async (encoding, decompress) => {
    const address = `${api.running.url}/customers/${customerId}/events?limit=100`;
    const raw = (accepted: string) =>
      new Promise<{ readonly encoding: string | undefined; readonly bytes: Buffer }>((resolve, reject) => {
        const headers = { authorization: `Bearer ${api.key}`, 'accept-encoding': accepted };
        httpRequest(address, { headers }, (answer) => {
          const chunks: Buffer[] = [];
          answer
            .on('data', (chunk) => chunks.push(chunk))
            .on('end', () => resolve({ encoding: answer.headers['content-encoding'], bytes: Buffer.concat(chunks) }));
        })
          .once('error', reject)
          .end();
      });
    const [plain, packed] = [await raw('identity'), await raw(encoding)];
    expect([plain.encoding, packed.encoding]).toEqual([undefined, encoding]);
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
    expect(decompress(packed.bytes)).toEqual(plain.bytes);
  });

  it('of live feeds do not, and their first block carries data', async () => {
    const stopping = new AbortController();
    const headers = { authorization: `Bearer ${api.key}`, 'accept-encoding': 'gzip, br, zstd' };
    const response = await fetch(`${api.running.url}/customers/${customerId}/timeline/stream`, { headers, signal: stopping.signal });
    expect(response.headers.get('content-encoding')).toBeNull();
    let text = '';
    for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.split('\n\n').length > 10) break;
    }
    stopping.abort();
    const blocks = text.split('\n\n').slice(0, -1);
    expect(blocks[0]).toMatch(/^retry: 1000\nid: 0\nevent: customer-registered\ndata: \{/);
    expect(blocks.filter((block) => !/^data: /m.test(block))).toEqual([]);
  });
});

describe('a web page of another origin', () => {
  const preflight = (origin: string, url = api.running.url) =>
    fetch(`${url}/customers/${customerId}/contacts`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, idempotency-key' },
    });

  it('may call the API where its origin is named, without a key for the question whether it may', async () => {
    const asked = await preflight('https://app.example.org');
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe('https://app.example.org');
    expect(asked.headers.get('access-control-allow-methods')).toContain('POST');
    for (const name of ['authorization', 'idempotency-key', 'if-match', 'min-position'])
      expect(asked.headers.get('access-control-allow-headers')).toContain(name);
    const headers = { origin: 'https://app.example.org' };
    for (const answer of [
      await card(),
      await api.get(`/customers/${customerId}`, { headers }),
      await api.get('/nowhere', { headers, key: 'wrong' }),
    ].slice(1)) {
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example.org');
      expect(answer.headers.get('access-control-expose-headers')).toContain('ETag');
    }
  });

  it('may not otherwise', async () => {
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    const off = await TestApi.start();
    const asked = await preflight('https://app.example.org', off.running.url);
    expect([...asked.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    await off.close();
  });

  it('is told by OPTIONS, as everybody, which methods an address knows', async () => {
    const { status, headers } = await api.get('/customers', { method: 'OPTIONS', ...open });
    expect([status, headers.get('allow')?.split(', ').sort()]).toEqual([204, ['GET', 'HEAD', 'OPTIONS', 'POST']]);
  });
});
