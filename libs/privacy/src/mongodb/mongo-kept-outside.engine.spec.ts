import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { describeWithMongo } from '#testing/engines/given-engines.js';
import { keptOutsideContract } from '#testing/kept-outside.contract.js';
import { createKeptOutside, openKeptOutside } from '../open-kept-outside.js';

describeWithMongo('what is kept outside in MongoDB', (server) => {
  const newUrl = () => `${server}/spec-${randomUUID()}`;
  const drop = async (url: string) => {
    const client = new MongoClient(url);
    await client.db().dropDatabase();
    await client.close();
  };

  keptOutsideContract('the MongoDB adapter', async () => {
    const url = newUrl();
    return { open: () => createKeptOutside(url), dispose: () => drop(url) };
  });

  it('is made on demand only, once for all', async () => {
    const url = newUrl();
    expect(await openKeptOutside(url)).toBeUndefined();
    const stores = await Promise.all(Array.from({ length: 5 }, () => createKeptOutside(url)));
    expect(new Set(stores.map(({ id }) => id)).size).toBe(1);
    expect((await openKeptOutside(url))!.id).toBe(stores[0]!.id);
    await Promise.all(stores.map((store) => store.close()));
    await drop(url);
  });

  it('says that no server answers, without the password', async () => {
    const message = expect.stringMatching(/^(?!.*secret).*no server answers/);
    for (const reach of [openKeptOutside, createKeptOutside])
      await expect(reach('mongodb://letopis:secret@127.0.0.1:1/letopis')).rejects.toMatchObject({
        name: 'KeptOutsideUnavailable',
        message,
      });
  });
});
