import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Certificates, canMakeCertificates, makeCertificates } from './certificates.js';
import { status } from './protocol.js';
import { serveEventStoreDb, type TestServer } from './server.js';

(canMakeCertificates() ? describe : describe.skip)('TLS and users of the EventStoreDB test server (needs openssl)', () => {
  let folder: string;
  let certificates: Certificates;
  let server: TestServer;
  const clients: EventStoreDBClient[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-tls-'));
    certificates = makeCertificates(folder);
    server = await serveEventStoreDb({
      folder,
      tls: certificates.tls,
      users: {
        admin: { password: 'admin of a test', may: 'everything' },
        ordinary: { password: 'ordinary of a test', may: 'streams' },
        excluded: { password: 'excluded of a test', may: 'nothing' },
      },
    });
  });
  afterAll(async () => {
    for (const client of clients) await client.dispose();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  function connect(user?: string, options = `tlsCAFile=${certificates.authority}`): EventStoreDBClient {
    const credentials = user === undefined ? '' : `${user}:${encodeURIComponent(`${user} of a test`)}@`;
    const client = EventStoreDBClient.connectionString(`esdb://${credentials}127.0.0.1:${server.port}?${options}`);
    clients.push(client);
    return client;
  }
  const credentials = (username: string, password = `${username} of a test`) => ({ credentials: { username, password } });
  const append = (client: EventStoreDBClient, options = {}) => client.appendToStream('s', jsonEvent({ type: 'T', data: {} }), options);
  const readAll = async (client: EventStoreDBClient, options = {}) => {
    for await (const _ of client.readAll({ maxCount: 1, ...options }));
  };
  const readStream = async (client: EventStoreDBClient) => {
    for await (const _ of client.readStream('s', { maxCount: 1 }));
  };

  it('an admin may do everything', async () => {
    await append(connect('admin'));
    await readAll(connect('admin'));
  });

  it('without credentials an append is denied without a code, a read with one', async () => {
    await expect(append(connect())).rejects.toMatchObject({ type: 'access-denied', code: undefined });
    await expect(readAll(connect())).rejects.toMatchObject({ type: 'access-denied', code: status.permissionDenied });
  });

  it('a wrong password is unauthenticated, in appends of both ways and in reads', async () => {
    const wrong = { type: 'access-denied', code: status.unauthenticated };
    const client = connect('unknown');
    await expect(append(client)).rejects.toMatchObject(wrong);
    await expect(readAll(client)).rejects.toMatchObject(wrong);
    await expect(append(connect(), credentials('admin', 'wrong'))).rejects.toMatchObject(wrong);
  });

  it('credentials of the call beat those of the connection', async () => {
    await append(connect('excluded'), credentials('admin'));
    await expect(append(connect('admin'), credentials('excluded'))).rejects.toMatchObject({ type: 'access-denied' });
  });

  it('an ordinary user may use streams, but not $all', async () => {
    await append(connect('ordinary'));
    await readStream(connect('ordinary'));
    await expect(readAll(connect('ordinary'))).rejects.toMatchObject({ type: 'access-denied', code: status.permissionDenied });
  });

  it('is unavailable without its authority, and says why', async () => {
    await expect(append(connect('admin', 'tls=true'))).rejects.toMatchObject({
      code: status.unavailable,
      message: expect.stringMatching(/certificate/i),
    });
  });

  it('is unavailable to plain text', async () => {
    await expect(append(connect(undefined, 'tls=false'))).rejects.toMatchObject({ code: status.unavailable });
  });
});
