import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DomainEvent, openEventLog } from '#event-log';
import { openKeyStore } from '#platform';
import { eventCatalogue } from '#platform/events/current-events.js';
import { type ChildApi, spawnApi } from '../api/child-api.js';
import { type Answer, type Call, call, ready, temporaryFolder } from '../api/test-api.js';

/** Two API processes on one log, with a folder each and the keys in common. */
export async function startTwo(url: string, more: Readonly<Record<string, string>> = {}) {
  const { folder, remove } = temporaryFolder();
  const namespace = `t-${randomUUID().slice(0, 8)}`;
  const keyStoreUrl = `sqlite:${path.join(folder, 'keys.sqlite')}`;
  const keys = openKeyStore(keyStoreUrl);
  const keyFor = async (role: 'admin' | 'curator', actorId: string) =>
    (await keys.create({ role, actorId, name: 'spec', now: new Date().toISOString() })).token;
  const key = await keyFor('admin', 'root-1');
  const environment = { EVENT_LOG_URL: url, EVENT_LOG_NAMESPACE: namespace, KEY_STORE_URL: keyStoreUrl, ...more };
  const start = (number: 0 | 1) => spawnApi({ LETOPIS_DATA: path.join(folder, String(number)), ...environment });
  const apis = (await Promise.all([start(0), start(1)])) as [ChildApi, ChildApi];

  /** Again under its key, to whichever it was sent to, until there is an answer that is no 503. */
  async function ask(number: 0 | 1, address: string, asked: Call = {}): Promise<Answer> {
    for (;;) {
      const answer = await call(apis[number].url + address, { key, ...asked }).catch(() => undefined);
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
      const log = await openEventLog(`${url}#${namespace}`, { registry: eventCatalogue, readOnly: true });
      const events: DomainEvent[] = [];
      for await (const batch of log.readAll(types && { types })) events.push(...batch);
      await log.close();
      return events;
    },
    async stop() {
      for (const { process } of apis) process.kill('SIGTERM');
      const ends = await Promise.all(apis.map(({ exited }) => exited));
      await keys.close();
      remove();
      return ends;
    },
  };
}
export type Two = Awaited<ReturnType<typeof startTwo>>;
