import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { inbound, TestApi } from './test-api.js';

const heads = (key: string) => `Host: x\r\nAuthorization: Bearer ${key}\r\n`;

/** What is told over a connection until it ends. */
const listen = (api: TestApi) => {
  const socket = connect(api.running.port, '127.0.0.1');
  let told = '';
  socket.on('data', (data) => {
    told += data;
  });
  const ended = new Promise<void>((resolve) => socket.on('error', () => {}).on('close', () => resolve()));
  return { socket, told: () => told, ended };
};

const accepted = async (api: TestApi, socket: Socket) => {
  if (socket.connecting) await once(socket, 'connect');
  // What came over an earlier connection has been seen once a later one is answered.
  await api.get('/health/live', { key: undefined as never });
};

describe('a server that stops', () => {
  it('hangs up on a reader that does not take what its feed tells', async () => {
    const api = await TestApi.start({ BODY_LIMIT: '64m' });
    const customerId = await api.register();
    const summary = '😀'.repeat(4_000);
    // More than lies between two sockets.
    for (let round = 0; round < 2; round++)
      await api.post('/commands', Array(500).fill({ name: 'record-contact', customerId, body: { ...inbound, summary } }));
    const { socket, ended } = listen(api);
    socket.pause();
    socket.write(`GET /events/stream HTTP/1.1\r\n${heads(api.key)}\r\n`);
    while (!/letopis_feeds_open 1/.test((await api.get('/metrics')).body)) await new Promise((resolve) => setTimeout(resolve, 20));
    await api.close();
    socket.resume();
    await ended;
  });

  it('answers what is under way and says that the connection ends with it', async () => {
    const api = await TestApi.start();
    const { socket, told, ended } = listen(api);
    const body = JSON.stringify({ kind: 'person' });
    const head = `POST /customers HTTP/1.1\r\n${heads(api.key)}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(head + body.slice(0, 5));
    await accepted(api, socket);
    const closed = api.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.write(body.slice(5));
    await Promise.all([closed, ended]);
    expect(told()).toMatch(/^HTTP\/1\.1 201[\s\S]*\r\nconnection: close\r\n/i);
  });

  it('answers the next request of a client that it has just answered', async () => {
    const api = await TestApi.start();
    const { socket, told, ended } = listen(api);
    const request = `GET /curators HTTP/1.1\r\n${heads(api.key)}\r\n`;
    socket.write(request);
    await once(socket, 'data');
    socket.write(request);
    await Promise.all([api.close(), ended]);
    expect(told().match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(told()).toMatch(/connection: close/i);
  });

  it('does not wait for the rest of a request', async () => {
    const api = await TestApi.start();
    const body = listen(api);
    body.socket.write(`POST /customers HTTP/1.1\r\n${heads(api.key)}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"kind"`);
    const header = listen(api);
    header.socket.write('GET /events HTTP/1.1\r\nHost: x\r\n');
    for (const { socket } of [body, header]) await accepted(api, socket);
    await api.close();
    await Promise.all([body.ended, header.ended]);
  });
});
