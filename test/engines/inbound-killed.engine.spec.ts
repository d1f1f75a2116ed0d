import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openKeyStore, openLetopisLog, readConfiguration } from '#platform';
import { createKafka } from '#streaming';
import { describeWithKafka } from '#testing/engines/given-engines.js';
import { spawnApi } from '../api/child-api.js';
import { call, temporaryFolder } from '../api/test-api.js';
import { binary, openInbound, type Sent, structured } from './inbound-topic.js';

const KILLS = 5;
const CUSTOMERS = 20;
/** Sent three times each. */
const MESSAGES = 12_000;

describeWithKafka('an API that is killed while contacts come in over Kafka', (brokers) => {
  it(`${KILLS} times has recorded each of them once, and rejected none`, async () => {
    const { folder, remove } = temporaryFolder();
    const keys = openKeyStore(`sqlite:${path.join(folder, 'keys.sqlite')}`);
    const { token: key } = await keys.create({ role: 'admin', actorId: 'root-1', name: 'spec', now: new Date().toISOString() });
    await keys.close();
    const prefix = `killed-${randomUUID()}`;
    const environment = { LETOPIS_DATA: folder, PROJECTOR: 'off', RELAY: 'off', KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix };
    const start = () => spawnApi({ ...environment, KAFKA_PARTITIONS: '4' });
    const recorded = async (): Promise<readonly string[]> => {
      const log = await openLetopisLog(readConfiguration({ LETOPIS_DATA: folder }));
      const ids: string[] = [];
      for await (const batch of log.readAll({ types: ['contact-recorded'] })) ids.push(...batch.map(({ source }) => source!.id!));
      await log.close();
      return ids;
    };

    let api = await start();
    const customers = Array.from({ length: CUSTOMERS }, (_, index) => `c-${index}`);
    const registrations = customers.map((customerId) => ({ name: 'register-customer', body: { customerId, kind: 'person' } }));
    await call(`${api.url}/commands`, { key, body: registrations });
    const outside = await openInbound(createKafka({ brokers: [brokers], clientId: 'spec' }), prefix);
    const sent = Array.from({ length: MESSAGES }, (_, index): Sent => ({ id: `call-${index}`, customerId: customers[index % CUSTOMERS]! }));

    let killedMidway = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const before = (await recorded()).length;
      const share = sent.slice((kill * MESSAGES) / KILLS, ((kill + 1) * MESSAGES) / KILLS);
      for (const copy of [binary, structured, binary]) await outside.send(share.map(copy));
      while ((await recorded()).length === before) await sleep(20);
      await sleep(Math.random() * 200);
      api.process.kill('SIGKILL');
      await api.exited;
      if ((await recorded()).length < (MESSAGES / KILLS) * (kill + 1)) killedMidway++;
      api = await start();
    }
    await outside.untilRead();
    const ids = await recorded();
    expect(killedMidway).toBeGreaterThan(0);
    expect(ids).toHaveLength(MESSAGES);
    expect(new Set(ids)).toEqual(new Set(sent.map(({ id }) => id)));
    expect(await outside.rejectCount()).toBe(0);
    api.process.kill('SIGTERM');
    expect((await api.exited).code).toBe(0);
    await outside.close();
    remove();
  });
});
