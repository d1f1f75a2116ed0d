import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DomainEvent, type EventLog, openEventLog, type Position } from '#event-log';
import { createLogger, readConfiguration } from '#platform';
import { eventCatalogue } from '#platform/events/current-events.js';
import { createAppender } from '#testing/append-at-head.js';
import { type RunningApi, startApi } from '../../apps/api/src/start-api.js';
import type { Report } from './report.js';

const CUSTOMERS = Number(process.env.LETOPIS_BENCH_CUSTOMERS ?? 10_000);
/** As many as one bulk request takes. */
const ITEMS = 1_000;
/** As many as the process looks after at the same time. */
const AT_ONCE = 200;

/**
 * A bulk of erasures on the API as `letopis serve` starts it: customers a second from the first confirmation to the last `customer-erased`, and to
 * the last certificate, which waits 10 s for the memory of other processes however many there are. The limit: bare appends of the same events.
 */
export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-erasure-'));
  const configuration = readConfiguration({
    LETOPIS_DATA: path.join(folder, 'data'),
    PORT: '0',
    LOG_LEVEL: 'silent',
    RATE_LIMIT: '1000000',
  });
  const api = await startApi({ configuration, logger: createLogger('silent') });
  try {
    const { erased, completed, after } = await eraseAll(api);
    const limit = CUSTOMERS / (await bareAppends(api.services.log, after, `sqlite:${path.join(folder, 'bare.sqlite')}`));
    for (const [name, seconds] of Object.entries({ erased, completed })) {
      const value = CUSTOMERS / seconds;
      const goal = { goal: '>= 200/s', holds: value >= 200 };
      report({ name: `erasure.${name}.${CUSTOMERS}`, value, unit: 'customers/s', limit, ratio: value / limit, ...goal });
    }
  } finally {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds until all were erased, and until all certificates were there; `after` is where the log was before. */
async function eraseAll({ url, services }: RunningApi) {
  while (!(await fetch(`${url}/health/ready`)).ok) await sleep(50);
  const keyOf = async (actorId: string) =>
    (await services.keys.create({ role: 'supervisor', actorId, name: 'bench', now: new Date().toISOString() })).token;
  const [first, second] = [await keyOf('first'), await keyOf('second')];
  const ids = Array.from({ length: CUSTOMERS }, (_, n) => `customer-${n}`);
  const all = async (key: string, item: (customerId: string) => object) => {
    for (let at = 0; at < ids.length; at += ITEMS) {
      const response = await fetch(`${url}/commands`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(ids.slice(at, at + ITEMS).map(item)),
      });
      const { results } = (await response.json()) as { readonly results: readonly { readonly problem?: object }[] };
      const problem = results.find((each) => each.problem)?.problem;
      if (problem) throw new Error(JSON.stringify(problem));
    }
  };
  await all(first, (customerId) => ({
    name: 'register-customer',
    body: { customerId, kind: 'person', displayName: `Name of ${customerId}` },
  }));
  await all(first, (customerId) => ({ name: 'request-erasure', customerId, body: {} }));

  const after = await services.log.head();
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1_000;
  await all(second, (customerId) => ({ name: 'confirm-erasure', customerId, body: {} }));
  await recorded(services.log, after, 'customer-erased');
  const erased = seconds();
  await recorded(services.log, after, 'erasure-completed');
  return { erased, completed: seconds(), after };
}

/** Resolves when there is one of each customer. */
async function recorded(log: EventLog, after: Position, type: string): Promise<void> {
  let from = after;
  for (let count = 0; count < CUSTOMERS; ) {
    await sleep(100);
    for await (const batch of log.readAll({ after: from, types: [type] })) {
      count += batch.length;
      from = batch.at(-1)!.position;
    }
  }
}

/** Seconds for the same events in the same appends, in a log of their own: neither decided nor encrypted, and nothing follows them. */
async function bareAppends(log: EventLog, after: Position, url: string): Promise<number> {
  const appends: DomainEvent[][] = [];
  for await (const batch of log.readAll({ after }))
    for (const event of batch) {
      const last = appends.at(-1);
      if (last && last[0]!.stream === event.stream && last[0]!.commandId === event.commandId) last.push(event);
      else appends.push([event]);
    }
  const bare = await openEventLog(url, { registry: eventCatalogue });
  const append = createAppender(bare);
  const start = performance.now();
  for (let at = 0; at < appends.length; at += AT_ONCE)
    await Promise.all(appends.slice(at, at + AT_ONCE).map((events) => append(events[0]!.stream, events.map(newEventOf))));
  const seconds = (performance.now() - start) / 1_000;
  await bare.close();
  return seconds;
}

const newEventOf = ({
  id,
  type,
  schemaVersion,
  occurredAt,
  recordedAt,
  actor,
  correlationId,
  commandId,
  commandHash,
  data,
}: DomainEvent) => ({
  ...{ id, type, schemaVersion, occurredAt, recordedAt, actor, correlationId, commandId, data },
  ...(commandHash !== undefined && { commandHash }),
});
