import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainEvent } from '#event-log';
import { openKeyStore, openLetopisLog, readConfiguration } from '#platform';
import { freePorts } from '#testing/engines/server.js';
import { type ChildApi, spawnApi } from '../api/child-api.js';
import { type Answer, type Call, call, inbound, ready, temporaryFolder } from '../api/test-api.js';
import { startNginx } from './nginx.js';

const keysInCommon = (folder: string) => ({
  SUBJECT_KEYS_URL: `sqlite:${path.join(folder, 'subject-keys.sqlite')}`,
  MASTER_KEY: 'ab'.repeat(32),
  KEPT_OUTSIDE_URL: `file:${path.join(folder, 'keep')}`,
});

/**
 * Two API processes on one log, with a folder each and the keys in common.
 * @param behind nginx: it is asked instead of either
 */
export async function startTwo(url: string, more: Readonly<Record<string, string>> = {}, behind?: 'nginx') {
  const { folder, remove } = temporaryFolder();
  const namespace = `t-${randomUUID().slice(0, 8)}`;
  const keyStoreUrl = `sqlite:${path.join(folder, 'keys.sqlite')}`;
  const keys = openKeyStore(keyStoreUrl);
  const keyFor = async (role: 'admin' | 'curator', actorId: string) =>
    (await keys.create({ role, actorId, name: 'spec', now: new Date().toISOString() })).token;
  const key = await keyFor('admin', 'root-1');
  const environment = { EVENT_LOG_URL: url, EVENT_LOG_NAMESPACE: namespace, KEY_STORE_URL: keyStoreUrl, ...keysInCommon(folder), ...more };
  // On a port that stays when one is killed, as nginx has it.
  const ports = behind && (await freePorts(2));
  const start = (number: 0 | 1) =>
    spawnApi({ LETOPIS_DATA: path.join(folder, String(number)), ...environment, ...(ports && { PORT: String(ports[number]) }) });
  const apis = (await Promise.all([start(0), start(1)])) as [ChildApi, ChildApi];
  const nginx = ports && (await startNginx(ports));

  /** Again under its key, to whichever it was sent to, until there is an answer that is no 503. */
  async function ask(number: 0 | 1, address: string, asked: Call = {}): Promise<Answer> {
    for (;;) {
      const answer = await call((nginx?.url ?? apis[number].url) + address, { key, ...asked }).catch(() => undefined);
      if (answer !== undefined && answer.status !== 503) return answer;
      await sleep(50);
    }
  }

  return {
    ask,
    keyFor,
    ready: () => Promise.all(apis.map((api) => ready(api.url))),
    async kill(number: 0 | 1) {
      apis[number].process.kill('SIGKILL');
      await apis[number].exited;
      apis[number] = await start(number);
    },
    async events(types?: readonly string[]): Promise<readonly DomainEvent[]> {
      const log = await openLetopisLog(readConfiguration({ LETOPIS_DATA: path.join(folder, '0'), ...environment }));
      const events: DomainEvent[] = [];
      for await (const batch of log.readAll(types && { types })) events.push(...batch);
      await log.close();
      return events;
    },
    async stop() {
      await nginx?.stop();
      for (const { process } of apis) process.kill('SIGTERM');
      const ends = await Promise.all(apis.map(({ exited }) => exited));
      await keys.close();
      remove();
      return ends;
    },
  };
}
export type Two = Awaited<ReturnType<typeof startTwo>>;

/** Kills one after the other, each when so many callers were answered. */
export const killingEach =
  (two: Two) =>
  async (answered: () => number): Promise<void> => {
    for (const [number, after] of [
      [0, 100],
      [1, 350],
    ] as const) {
      while (answered() < after) await sleep(5);
      await two.kill(number);
    }
  };

const CALLERS = 64;
const EACH = 12;
const CUSTOMERS = 8;

/** @param during what happens meanwhile; it is given how many commands are answered */
export async function sendFromAll({ ask, events }: Two, during: (answered: () => number) => Promise<void>): Promise<void> {
  const customers = Array.from({ length: CUSTOMERS }, (_, n) => `c-${n}`);
  const body = customers.map((customerId) => ({ name: 'register-customer', body: { customerId, kind: 'person' } }));
  await ask(0, '/commands', { body });
  const acknowledged = new Map<string, readonly string[]>();
  const caller = async (number: number): Promise<void> => {
    for (let n = 0; n < EACH; n++) {
      const summary = `${number}-${n}`;
      const asked = { body: { ...inbound, summary }, headers: { 'idempotency-key': summary } };
      const address = `/customers/${customers[(number + n) % CUSTOMERS]}/contacts`;
      // Every third is sent to both at once.
      const targets = (n % 3 === 0 ? [0, 1] : [(number + n) % 2]) as (0 | 1)[];
      const answers = await Promise.all(targets.map((target) => ask(target, address, asked)));
      for (const { status, body } of answers) {
        if (status !== 200 && status !== 201) throw new Error(`${address} answered ${status} ${JSON.stringify(body)}`);
        expect({ position: body.position, events: body.events }).toEqual({
          position: answers[0]!.body.position,
          events: answers[0]!.body.events,
        });
      }
      acknowledged.set(summary, answers[0]!.body.events);
    }
  };
  await Promise.all([during(() => acknowledged.size), ...Array.from({ length: CALLERS }, (_, number) => caller(number))]);

  const recorded = await events(['contact-recorded']);
  const bySummary = recorded.map(({ id, data }) => [(data as { summary: string }).summary, [id]]);
  expect(bySummary.toSorted()).toEqual([...acknowledged].toSorted());
  for (const customer of customers) {
    const own = recorded.filter(({ stream }) => stream === `relationship-${customer}`);
    const last = own.at(-1)!.position;
    for (const number of [0, 1] as const) {
      const { body: card } = await ask(number, `/customers/${customer}`, { headers: { 'min-position': last } });
      expect(card.revision).toBe(own.at(-1)!.revision);
    }
  }
}
