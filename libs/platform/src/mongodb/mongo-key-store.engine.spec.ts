import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Document, MongoClient } from 'mongodb';
import { describeWithMongo, describeWithOwnServers } from '#testing/engines/given-engines.js';
import { startMongo } from '#testing/engines/mongo.js';
import { startProxy } from '#testing/engines/proxy.js';
import { keyStoreContract } from '#testing/key-store.contract.js';
import { createAuthenticator } from '../identity/authenticator.js';
import { openKeyStore } from '../identity/open-key-store.js';
import { openMongoKeyStore } from './mongo-key-store.js';

const key = { role: 'curator', actorId: 'cur-1', name: 'Ada', now: '2026-11-22T21:14:47.000Z' } as const;

async function inDatabase<Result>(url: string, work: (client: MongoClient) => Promise<Result>): Promise<Result> {
  const client = new MongoClient(url);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** What the store says when it is asked. */
async function faultAt(url: string): Promise<{ readonly name: string; readonly message: string } | undefined> {
  const store = openMongoKeyStore(url);
  try {
    await store.find('0'.repeat(16));
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    await store.close();
  }
}

describeWithMongo('API keys in MongoDB', (server) => {
  const newUrl = () => `${server}/spec-${randomUUID()}`;
  const drop = (url: string) => inDatabase(url, (client) => client.db().dropDatabase());

  keyStoreContract('the MongoDB adapter', async () => {
    const url = newUrl();
    const store = openMongoKeyStore(url);
    return {
      store,
      beside: () => openKeyStore(url),
      async dispose() {
        await store.close();
        await drop(url);
      },
    };
  });

  it('hold no secret, and no hash twice', async () => {
    const url = newUrl();
    const store = openMongoKeyStore(url);
    const { token } = await store.create(key);
    await store.close();
    await inDatabase(url, async (client) => {
      const keys = client.db().collection<Document & { _id: string }>('api_keys');
      const laid = (await keys.findOne())!;
      expect(JSON.stringify(laid)).not.toContain(token.split('_').slice(2).join('_'));
      await expect(keys.insertOne({ ...laid, _id: 'copy' })).rejects.toMatchObject({ code: 11000 });
    });
    await drop(url);
  });

  it('are good for less than a second after another process has revoked them', async () => {
    const url = newUrl();
    const [here, elsewhere] = [openMongoKeyStore(url), openMongoKeyStore(url)];
    const { identify } = createAuthenticator(here);
    const { token, record } = await elsewhere.create(key);
    expect(await identify(token)).toMatchObject({ keyId: record.id });
    await elsewhere.revoke(record.id, key.now);
    await sleep(900);
    expect(await identify(token)).toBeUndefined();
    await Promise.all([here.close(), elsewhere.close()]);
    await drop(url);
  });

  it('want a URL that names a database and a server that is there, and keep its password to themselves', async () => {
    expect(() => openMongoKeyStore(server)).toThrow('the URL of MongoDB has no database name');
    const [nobody, unresolved] = await Promise.all([
      faultAt('mongodb://letopis:secret@127.0.0.1:1/letopis'),
      faultAt('mongodb+srv://letopis:secret@nowhere.invalid/letopis'),
    ]);
    expect(nobody).toMatchObject({ name: 'KeyStoreUnavailable', message: expect.stringMatching(/127\.0\.0\.1:1: no server answers/) });
    expect(unresolved).toMatchObject({
      name: 'KeyStoreUnavailable',
      message: expect.stringMatching(/nowhere\.invalid: the host name cannot be resolved/),
    });
    expect(`${nobody!.message}${unresolved!.message}`).not.toContain('secret');
  });

  it('are out of reach where the server falls silent, and there again when it speaks', async () => {
    const proxy = await startProxy(Number(new URL(server).port));
    const store = openMongoKeyStore(`mongodb://127.0.0.1:${proxy.port}/spec-${randomUUID()}`);
    try {
      expect(await store.find('a')).toBeUndefined();
      proxy.fallSilent();
      // The last one still waits when the others give up, and their client with them.
      const asking = [store.find('a'), store.list(), sleep(2_000).then(() => store.list())];
      const unavailable = { name: 'KeyStoreUnavailable', message: expect.stringContaining('no server answers') };
      await Promise.all(asking.map((asked) => expect(asked).rejects.toMatchObject(unavailable)));
      proxy.speak();
      expect(await store.find('a')).toBeUndefined();
    } finally {
      await store.close();
      proxy.close();
    }
  });
});

describeWithOwnServers('API keys in a MongoDB that goes away', () => {
  it('say so, and are there again when it is back', async () => {
    const server = await startMongo();
    const store = openMongoKeyStore(`${server.url}/letopis`);
    try {
      const { record } = await store.create(key);
      await server.stop();
      await expect(store.find(record.id)).rejects.toMatchObject({ name: 'KeyStoreUnavailable' });
      await expect(store.create(key)).rejects.toMatchObject({ name: 'KeyStoreUnavailable' });
      await server.start();
      expect((await store.find(record.id))?.record).toEqual(record);
      await server.kill();
      await server.start();
      expect(await store.list()).toEqual([record]);
    } finally {
      await store.close();
      await server.dispose();
    }
  });

  it('say that the user or the password is wrong', async () => {
    const server = await startMongo();
    try {
      const fault = await faultAt(`${server.url.replace('//', '//letopis:secret@')}/letopis`);
      expect(fault).toMatchObject({ name: 'KeyStoreUnavailable', message: expect.stringContaining('password of the URL is not accepted') });
      expect(fault!.message).not.toContain('secret');
    } finally {
      await server.dispose();
    }
  });
});
