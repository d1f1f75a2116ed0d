import path from 'node:path';
import { MongoClient } from 'mongodb';
import { javaCommand } from './jars.js';
import { type EngineServer, freePorts, startServer } from './server.js';

/**
 * A server that speaks MongoDB's protocol: no sessions, no transactions, no change streams, no replica set.
 * @throws EnginesUnavailable where there is no Java
 */
export async function startMongo(): Promise<EngineServer> {
  const [port] = await freePorts(1);
  const java = javaCommand('MongoServerMain', ['-Xmx512m']);
  return startServer({
    name: 'mongodb',
    command: (folder) => java(path.join(folder, 'data.mv'), String(port)),
    url: `mongodb://127.0.0.1:${port}`,
    async probe(url) {
      const client = new MongoClient(url, { serverSelectionTimeoutMS: 500 });
      try {
        await client.db('admin').command({ ping: 1 });
      } finally {
        await client.close();
      }
    },
  });
}
