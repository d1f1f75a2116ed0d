import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import client, { type JSONType } from '@eventstore/db-client';
import { createEventRegistry, openEventLog } from '#event-log';
import { eventDefinitions } from '#relationship';
import { startProxy } from '#testing/engines/proxy.js';
import { ready } from '../api/test-api.js';
import { appendCompany, openEncryptedLog } from './company-log.js';
import { type BenchCall, contactAppends, contactCommands, contactNoted, contactRegistry, streamFor, throughput } from './contacts.js';
import { openEmmett } from './emmett.js';
import { withEventStoreDb } from './given-servers.js';
import { serve } from './http-processes.js';
import type { Report } from './report.js';
import { inTurns, stopwatch } from './rounds.js';

const EVENTS = Math.min(Number(process.env.LETOPIS_BENCH_EVENTS ?? 20_000), 100_000);
const ROUNDS = Number(process.env.LETOPIS_BENCH_ROUNDS ?? 3);
const EVENTS_PER_CUSTOMER = 20;

/** The log on EventStoreDB beside the bare client on the same server, which is a protocol server where no other is given. */
export const run = (report: Report): Promise<void> =>
  withEventStoreDb('eventstoredb', async (url) => {
    await measureWrites(url, report);
    await measureReads(url, report);
  });

async function measureWrites(url: string, report: Report): Promise<void> {
  const bare = client.EventStoreDBClient.connectionString(url);
  const prefix = `bench-${randomUUID()}.`;
  const appendLog = await openEventLog(newLog(url), { registry: contactRegistry });
  const commandLog = await openEventLog(newLog(url), { registry: createEventRegistry(eventDefinitions) });
  const emmett = await openEmmett(url, `${prefix}emmett-`);
  const calls: Record<string, BenchCall> = {
    batch: bareAppends(bare, `${prefix}batch-`, {}),
    // Whoever gives credentials with the call gets the classic one.
    classic: bareAppends(bare, `${prefix}classic-`, { credentials: { username: 'admin', password: 'changeit' } }),
    append: contactAppends(appendLog),
    command: await contactCommands(commandLog),
    ...(emmett && { emmett: emmett.command }),
  };
  const sums = new Map(Object.keys(calls).map((name) => [name, 0]));
  // In turns, so that what else the machine does hits them all; the first round warms up.
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, call] of Object.entries(calls)) {
      const perSecond = await throughput(call);
      if (round > 0) sums.set(name, sums.get(name)! + perSecond / ROUNDS);
    }
  await Promise.all([bare.dispose(), appendLog.close(), commandLog.close(), emmett?.close()]);

  const limit = sums.get('batch')!;
  const goals: Record<string, number> = { append: 0.8, command: 0.7 };
  for (const [name, value] of sums) {
    const ratio = value / limit;
    const goal = goals[name];
    const reached = goal === undefined ? {} : { goal: `ratio >= ${goal}`, holds: ratio >= goal };
    report({ name: `eventstoredb.${name}.64`, value, unit: 'appends/s', ...(name !== 'batch' && { limit, ratio }), ...reached });
  }
}

const newLog = (url: string): string => `${url}#bench-${randomUUID()}`;

type Bare = InstanceType<typeof client.EventStoreDBClient>;

/** Contacts of the same size, each behind the one before it in its stream. */
function bareAppends(bare: Bare, prefix: string, options: NonNullable<Parameters<Bare['appendToStream']>[2]>): BenchCall {
  const heads = new Map<string, bigint>();
  return async (caller, round) => {
    const stream = prefix + streamFor(caller, round);
    const { type, data, id: _, ...metadata } = contactNoted();
    const event = client.jsonEvent({
      id: randomUUID(),
      type,
      data: data as JSONType,
      metadata: { ...metadata, stream, hash: HASH, previousHash: HASH },
    });
    const expectedRevision = heads.get(stream) ?? client.NO_STREAM;
    const { nextExpectedRevision } = await bare.appendToStream(stream, event, { ...options, expectedRevision });
    heads.set(stream, nextExpectedRevision);
  };
}
const HASH = '0'.repeat(64);

async function measureReads(url: string, report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  const bare = client.EventStoreDBClient.connectionString(url);
  const [last] = await all(bare.readAll({ direction: client.BACKWARDS, fromPosition: client.END, maxCount: 1 }));
  const logUrl = newLog(url);
  const log = await openEncryptedLog(folder, logUrl);
  const stored = await openEventLog(logUrl, { readOnly: true });
  try {
    const events = await appendCompany(log, EVENTS, Math.ceil(EVENTS / EVENTS_PER_CUSTOMER));
    const read = async (batches: AsyncIterable<unknown>) => {
      const since = stopwatch();
      for await (const batch of batches) void batch;
      return since();
    };
    // Its first two events are that at the position and the one that the log begins with.
    const bareRead = () => read(bare.readAll({ fromPosition: last!.event!.position!, maxCount: events + 2 }));
    await inTurns(1, () => read(stored.readAll()), bareRead);
    const taken = await inTurns(ROUNDS, () => read(stored.readAll()), bareRead);
    const perSecond = ({ seconds }: { readonly seconds: number }) => (events * ROUNDS) / seconds;
    const ratio = taken.bare.seconds / taken.ours.seconds;
    const [value, limit] = [perSecond(taken.ours), perSecond(taken.bare)];
    report({ name: `eventstoredb.replay.${events}`, value, unit: 'events/s', limit, ratio, goal: 'ratio >= 0.8', holds: ratio >= 0.8 });
    await measureColdStart({ url, logUrl, folder }, report);
  } finally {
    await Promise.all([log.close(), stored.close(), bare.dispose()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The API itself, started on a log whose views are built: what it reads of the server, beside what it read when it built them. */
async function measureColdStart(
  { url, logUrl, folder }: { readonly url: string; readonly logUrl: string; readonly folder: string },
  report: Report,
): Promise<void> {
  const [, host, port] = /^esdb:\/\/([^/@,:]+):(\d+)\/?\?tls=false$/.exec(url) ?? [];
  if (port === undefined) {
    console.error('The cold start is left out: it needs one server without TLS, as esdb://host:port?tls=false.');
    return;
  }
  const proxy = await startProxy(Number(port), host);
  const [, namespace] = logUrl.split('#');
  const start = async () => {
    const [before, since] = [proxy.answeredBytes(), performance.now()];
    const api = await serve('apps/api/src/main.js', folder, {
      LETOPIS_DATA: folder,
      EVENT_LOG_URL: `esdb://127.0.0.1:${proxy.port}?tls=false`,
      EVENT_LOG_NAMESPACE: namespace!,
    });
    await ready(api.url);
    const [bytes, seconds] = [proxy.answeredBytes() - before, (performance.now() - since) / 1_000];
    await api.stop();
    return { bytes, seconds };
  };
  const first = await start();
  const warm = await start();
  proxy.close();
  const ratio = warm.bytes / first.bytes;
  report({
    name: 'eventstoredb.cold-start.read',
    value: warm.bytes,
    unit: 'bytes',
    limit: first.bytes,
    ratio,
    goal: 'ratio <= 0.02',
    holds: ratio <= 0.02,
  });
  report({ name: 'eventstoredb.cold-start', value: warm.seconds, unit: 's', limit: first.seconds, ratio: warm.seconds / first.seconds });
}

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}
