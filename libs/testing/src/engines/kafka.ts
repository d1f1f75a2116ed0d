import { Kafka, logLevel } from 'kafkajs';
import { javaCommand } from './jars.js';
import { type EngineServer, freePorts, startServer } from './server.js';

/**
 * The real broker.
 * @throws EnginesUnavailable where there is no Java
 */
export async function startKafka(): Promise<EngineServer> {
  const [port, controller] = await freePorts(2);
  const java = javaCommand('KafkaServerMain', ['-Xmx512m', '-Xms128m']);
  return startServer({
    name: 'kafka',
    command: (folder) => java(folder, String(port), String(controller)),
    url: `127.0.0.1:${port}`,
    async probe(url) {
      const admin = new Kafka({ clientId: 'probe', brokers: [url], logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
      try {
        await admin.connect();
        const { brokers } = await admin.describeCluster();
        if (brokers.length === 0) throw new Error('no broker has registered yet');
      } finally {
        await admin.disconnect();
      }
    },
  });
}
