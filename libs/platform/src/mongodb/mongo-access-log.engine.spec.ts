import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { accessLogContract } from '#testing/access-log.contract.js';
import { describeWithMongo } from '#testing/engines/given-engines.js';
import { openAccessLog } from '../access-log/open-access-log.js';
import { openMongoAccessLog } from './mongo-access-log.js';

describeWithMongo('the access log in MongoDB', (server) => {
  accessLogContract('the MongoDB adapter', async () => {
    const url = `${server}/spec-${randomUUID()}`;
    const store = openMongoAccessLog(url);
    return {
      store,
      beside: () => openAccessLog(url),
      async dispose() {
        await store.close();
        const client = new MongoClient(url);
        await client.db().dropDatabase();
        await client.close();
      },
    };
  });
});

describe('the access log where there is no MongoDB', () => {
  it('says so, without the password', async () => {
    const store = openMongoAccessLog('mongodb://user:secret@127.0.0.1:1/log');
    const failure = await store.last().catch((error: Error) => error);
    expect(failure).toMatchObject({ name: 'AccessLogUnavailable' });
    expect(String(failure)).not.toContain('secret');
    await store.close();
  });
});
