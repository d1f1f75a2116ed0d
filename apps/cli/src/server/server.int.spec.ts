import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectServer } from './server.js';

/** Lists so many numbers in pages, some of them empty, behind a path of a proxy. */
const NUMBERS = 7;

describe('a server behind a path of a proxy', () => {
  let http: HttpServer;
  beforeAll(async () => {
    http = createServer(({ url = '' }, answer) => {
      const { pathname, searchParams } = new URL(url, 'http://here');
      if (pathname !== '/crm/letopis/events') return void answer.writeHead(404).end('{}');
      const after = Number(searchParams.get('after') ?? 0);
      const events = after % 3 === 1 ? [] : [after];
      if (after + 1 < NUMBERS) answer.setHeader('link', `<events?after=${after + 1}&limit=${searchParams.get('limit')}>; rel="next"`);
      answer.setHeader('content-type', 'application/json').end(JSON.stringify({ events }));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => http.close(resolve)));

  it.each(['', '/'])('is read to the end of a list, whatever a page holds (%p)', async (end) => {
    const server = connectServer(`http://127.0.0.1:${(http.address() as AddressInfo).port}/crm/letopis${end}`, 'letopis_x');
    const found: number[] = [];
    for await (const { events } of server.pages<{ readonly events: readonly number[] }>('/events', { limit: '5' })) found.push(...events);
    expect(found).toEqual([0, 2, 3, 5, 6]);
  });
});
