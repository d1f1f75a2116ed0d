import { connect } from 'node:net';
import path from 'node:path';
import { root } from '../jars.js';
import { type EngineServer, freePorts, startServer } from '../server.js';

const main = path.join(root, 'dist/libs/testing/src/engines/eventstoredb/main.js');

/** The protocol server as a process of its own, insecure. `serveEventStoreDb` has it in the process of the test, with hazards, TLS and users. */
export async function startEventStoreDb(): Promise<EngineServer> {
  const [port] = await freePorts(1);
  return startServer({
    name: 'eventstoredb',
    command: (folder) => [process.execPath, main, folder, String(port)],
    url: `esdb://127.0.0.1:${port}?tls=false`,
    probe: () =>
      new Promise((resolve, reject) => {
        const socket = connect(port!, '127.0.0.1', () => resolve(socket.destroy())).once('error', reject);
      }),
  });
}
