import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestApi } from './test-api.js';

let api: TestApi;
let customerId: string;
beforeAll(async () => {
  api = await TestApi.start();
  customerId = await api.register();
});
afterAll(() => api.close());

/** The header of an answer, of which only the beginning is waited for: feeds do not end. */
const sniffing = async (method: string, address: string, key?: string) => {
  const leaving = new AbortController();
  const headers = { ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  const answer = await fetch(api.running.url + address, { method, headers, signal: leaving.signal });
  leaving.abort();
  return answer.headers.get('x-content-type-options');
};

describe('every answer says that its type is not to be guessed', () => {
  it('of every route: with a key, without one, and by a method that it does not know', async () => {
    const addresses = api.running.routes.map((route) =>
      route
        .replace(/^[A-Z]+ /, '')
        .replace(':customerId', customerId)
        .replace(/:[A-Za-z]+/g, 'x'),
    );
    expect(addresses.length).toBeGreaterThan(40);
    expect(addresses).toEqual(
      expect.arrayContaining(['/docs', '/openapi.json', '/problems', '/health/live', '/events/stream', '/metrics']),
    );
    const admin = await api.keyFor('admin');
    for (const address of [...new Set(addresses), '/nowhere', '/docs/swagger-ui.css', '/%zz', `/customers/${'x'.repeat(400)}`]) {
      for (const [method, key] of [
        ['GET', admin],
        ['GET', undefined],
        ['PUT', admin],
      ] as const) {
        expect([method, address, await sniffing(method, address, key)]).toEqual([method, address, 'nosniff']);
      }
    }
  });

  it('of commands, and of bodies that cannot be read', async () => {
    const asked = [
      api.post('/customers', { kind: 'person' }),
      api.get('/customers', { raw: '{' }),
      api.get('/customers', { raw: 'x'.repeat(2_000_000) }),
      api.get('/customers', { raw: '{}', headers: { 'content-type': 'text/plain' } }),
    ];
    for (const answer of await Promise.all(asked)) expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('of what is no HTTP', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(api.running.port, '127.0.0.1', () => socket.write('no request\r\n\r\n'));
      socket.setEncoding('utf8').on('data', (part) => (text += part));
      socket.on('end', () => resolve(text)).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 400 [\s\S]*\r\nx-content-type-options: nosniff\r\n/i);
  });
});
