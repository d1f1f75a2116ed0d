import { randomBytes, randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { describeWithMongo, describeWithOwnServers } from '#testing/engines/given-engines.js';
import { startMongo } from '#testing/engines/mongo.js';
import { startProxy } from '#testing/engines/proxy.js';
import { subjectKeysContract } from '#testing/subject-keys.contract.js';
import { masterKeyOf, masterKeysOf } from '../master-keys/master-keys.js';
import { openSubjectKeys } from '../open-subject-keys.js';
import { openMongoSubjectKeys } from './mongo-subject-keys.js';

const masterKeys = masterKeysOf([masterKeyOf(randomBytes(32))]);
const ada = 'relationship-ada';
const at = '2026-11-30T23:00:00.000Z';

async function inDatabase<Result>(url: string, work: (client: MongoClient) => Promise<Result>): Promise<Result> {
  const client = new MongoClient(url);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

describeWithMongo('subject keys in MongoDB', (server) => {
  const newUrl = () => `${server}/spec-${randomUUID()}`;

  subjectKeysContract('the MongoDB adapter', async () => {
    const url = newUrl();
    return {
      open: (keys) => openSubjectKeys(url, keys),
      dispose: async () => void (await inDatabase(url, (client) => client.db().dropDatabase())),
    };
  });

  it('lie there wrapped, and nothing is left of an erased one but its subject and when', async () => {
    const url = newUrl();
    const store = openMongoSubjectKeys(url, masterKeys);
    const found = (await store.ensure([ada])).get(ada)!;
    const bytes = found.kind === 'key' ? found.key.key.export() : Buffer.alloc(0);
    const laid = () => inDatabase(url, (client) => client.db().collection('subject_keys').find().toArray());
    const [before] = await laid();
    expect(Object.keys(before!).sort()).toEqual(['_id', 'id', 'masterKeyId', 'wrapped']);
    expect(Buffer.from(before!.wrapped.buffer).includes(bytes)).toBe(false);
    await store.erase([ada], at);
    expect(await laid()).toEqual([{ _id: ada, erasedAt: at }]);
    await store.close();
    await inDatabase(url, (client) => client.db().dropDatabase());
  });

  it('name what is wrong with a URL, without its password', async () => {
    expect(() => openSubjectKeys(server, masterKeys)).toThrow('the URL of MongoDB has no database name');
    const store = openSubjectKeys('mongodb://letopis:secret@127.0.0.1:1/letopis', masterKeys);
    const message = expect.stringMatching(/^(?!.*secret).*127\.0\.0\.1:1: no server answers/);
    await expect(store.find([ada])).rejects.toMatchObject({ name: 'SubjectKeysUnavailable', message });
    await store.close();
  });

  it('are out of reach where the server falls silent, and there again when it speaks', async () => {
    const proxy = await startProxy(Number(new URL(server).port));
    const store = openMongoSubjectKeys(`mongodb://127.0.0.1:${proxy.port}/spec-${randomUUID()}`, masterKeys);
    try {
      const made = await store.ensure([ada]);
      proxy.fallSilent();
      const calls = [store.find([ada]), store.ensure(['relationship-ben']), store.erase([ada], at)];
      const unavailable = { name: 'SubjectKeysUnavailable', message: expect.stringContaining('no server answers') };
      await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(unavailable)));
      proxy.speak();
      expect((await store.find([ada])).get(ada)).toMatchObject({ key: { id: (made.get(ada) as { key: { id: string } }).key.id } });
    } finally {
      await store.close();
      proxy.close();
    }
  });
});

describeWithOwnServers('subject keys in a MongoDB that goes away', () => {
  it('say so, and are there again when it is back, killed or not', async () => {
    const server = await startMongo();
    const store = openMongoSubjectKeys(`${server.url}/letopis`, masterKeys);
    try {
      const made = (await store.ensure([ada])).get(ada);
      await server.stop();
      await expect(store.find([ada])).rejects.toMatchObject({ name: 'SubjectKeysUnavailable' });
      await expect(store.ensure([ada])).rejects.toMatchObject({ name: 'SubjectKeysUnavailable' });
      await server.start();
      expect((await store.find([ada])).get(ada)).toEqual(made);
      await server.kill();
      await server.start();
      expect((await store.ensure([ada])).get(ada)).toEqual(made);
    } finally {
      await store.close();
      await server.dispose();
    }
  });
});
