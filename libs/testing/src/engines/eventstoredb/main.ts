import { serveEventStoreDb } from './server.js';

/** `main <folder> <port>`: the protocol server as a process of its own, until its input ends. */
const [folder, port] = process.argv.slice(2);
const server = await serveEventStoreDb({ folder: folder!, port: Number(port) });
process.stdin.resume().once('end', async () => {
  await server.stop();
  process.exit(0);
});
