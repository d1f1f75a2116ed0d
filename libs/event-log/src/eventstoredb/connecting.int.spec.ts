import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ulid } from 'ulid';
import { asWritten, collect, newEvent } from '#testing';
import { type Certificates, canMakeCertificates, makeCertificates } from '#testing/engines/eventstoredb/certificates.js';
import { serveEventStoreDb, type TestServer } from '#testing/engines/eventstoredb/server.js';
import { startProxy } from '#testing/engines/proxy.js';
import { AppendUnknown, type EventLog, EventLogDenied, EventLogUnavailable } from '../event-log.js';
import { followDurably } from '../follow-durably.js';
import { openEventLog } from '../open-event-log.js';

let folder: string;
const opened: EventLog[] = [];
const open = async (url: string) => {
  const log = await openEventLog(`${url}#test`, { registry: asWritten });
  opened.push(log);
  return log;
};
const made = () => newEvent({ id: ulid() });

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-eventstoredb-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()));
  rmSync(folder, { recursive: true });
});

(canMakeCertificates() ? describe : describe.skip)('EventStoreDB with TLS and users (needs openssl)', () => {
  let certificates: Certificates;
  let server: TestServer;
  const urlOf = (credentials: string, options = `tlsCAFile=${certificates.authority}`) =>
    `esdb://${credentials}127.0.0.1:${server.port}?${options}`;
  beforeEach(async () => {
    certificates = makeCertificates(folder);
    const users = { admin: { password: 'right', may: 'everything' }, ordinary: { password: 'right', may: 'streams' } } as const;
    server = await serveEventStoreDb({ folder, tls: certificates.tls, users });
  });
  afterEach(() => server.stop());

  it('lets in who has the right, by the connection string alone', async () => {
    const log = await open(urlOf('admin:right@'));
    await log.append('s-1', 'none', [made()]);
    expect(await collect(log.readAll())).toHaveLength(1);
    expect(await collect(log.readStream('s-1'))).toHaveLength(1);
    for await (const item of log.subscribe()) if (item.kind === 'caughtUp') break;
  });

  it.each([
    ['a wrong password', 'admin:secret@'],
    ['nobody', ''],
    ['a user without the right to read $all', 'ordinary:right@'],
  ])('denies %s at once, and names no password', async (_, credentials) => {
    const failed = open(urlOf(credentials));
    await expect(failed).rejects.toThrow(EventLogDenied);
    await expect(failed).rejects.toThrow(/denies access.*EVENT_LOG_URL must name a user/);
    await expect(failed).rejects.not.toThrow(/secret/);
  });

  it('is not followed by who is denied: the follower ends with the reason', async () => {
    const log = await open(urlOf('admin:right@'));
    await server.stop();
    server = await serveEventStoreDb({ folder, port: server.port, tls: certificates.tls, users: {} });
    const following = followDurably({
      items: (after) => log.subscribe({ ...(after !== undefined && { after }) }),
      take: () => undefined,
      failed: () => undefined,
      signal: new AbortController().signal,
    });
    await expect(following).rejects.toThrow(EventLogDenied);
    await expect(log.append('s-1', 'none', [made()])).rejects.toThrow(EventLogDenied);
  });

  it('says what is missing without the certificate of its authority, and to plain text', async () => {
    await expect(open(urlOf('admin:right@', 'tls=true'))).rejects.toThrow(/certificate.*tlsCAFile=/i);
    await expect(open(urlOf('admin:right@', 'tls=false'))).rejects.toThrow(/leave tls=false out/);
  });
});

describe('a node of EventStoreDB that is frozen', () => {
  it('is left after some deadlines in a row, and the appends are made through the next connection', async () => {
    const server = await serveEventStoreDb({ folder });
    const proxy = await startProxy(server.port);
    try {
      // The connection itself would be given up only after two minutes.
      const log = await open(`esdb://127.0.0.1:${proxy.port}?tls=false&keepAliveInterval=60000&keepAliveTimeout=60000`);
      await log.append('s-0', 'none', [made()]);
      proxy.freeze();
      const results = await Promise.allSettled(['s-1', 's-2', 's-3'].map((stream) => log.append(stream, 'none', [made()])));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
      expect(await collect(log.readAll())).toHaveLength(4);
      proxy.freeze();
      for (const head of await Promise.allSettled([log.head(), log.head(), log.head()])) {
        expect(head).toMatchObject({ status: 'rejected', reason: { name: 'EventLogUnavailable' } });
      }
      const { position } = await log.append('s-4', 'none', [made()]);
      expect(await log.head()).toBe(position);
    } finally {
      await Promise.all(opened.splice(0).map((log) => log.close()));
      proxy.close();
      await server.stop();
    }
  });
});

describe('several nodes of EventStoreDB', () => {
  it('are discovered by any of them, and by one name', async () => {
    const server = await serveEventStoreDb({ folder });
    const nodes = `127.0.0.1:1,127.0.0.1:${server.port}`;
    try {
      const log = await open(`esdb://${nodes}?tls=false&nodePreference=leader`);
      await log.append('s-1', 'none', [made()]);
      const byName = await open(`esdb+discover://127.0.0.1:${server.port}?tls=false`);
      expect(await collect(byName.readStream('s-1'))).toHaveLength(1);
      await server.stop();
      const failed = await log.append('s-2', 'none', [made()]).catch((error) => error);
      expect(failed).toBeInstanceOf(EventLogUnavailable);
      expect(failed.message).toContain('127.0.0.1:1,127.0.0.1');
      expect(failed instanceof AppendUnknown ? 'unknown' : 'nothing appended').toBe('nothing appended');
    } finally {
      await Promise.all(opened.splice(0).map((log) => log.close()));
      await server.stop();
    }
  });
});
