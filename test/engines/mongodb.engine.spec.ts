import { MongoClient } from 'mongodb';
import { describeWithOwnServers } from '#testing/engines/given-engines.js';
import { startMongo } from '#testing/engines/mongo.js';

describeWithOwnServers("the server with MongoDB's protocol that engine suites run against", () => {
  it('is no replica set, and keeps what was written when it is stopped', async () => {
    const server = await startMongo();
    try {
      const write = new MongoClient(server.url);
      expect((await write.db('admin').command({ isMaster: 1 })).setName).toBeUndefined();
      await write.db('spec').collection<{ _id: string; n: number }>('documents').insertOne({ _id: 'a', n: 1 });
      await write.close();
      await server.stop();
      await server.start();
      const read = new MongoClient(server.url);
      expect(await read.db('spec').collection<{ _id: string }>('documents').find().toArray()).toEqual([{ _id: 'a', n: 1 }]);
      await read.close();
    } finally {
      await server.dispose();
    }
  });
});
