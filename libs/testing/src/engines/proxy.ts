import { connect, createServer, type Socket } from 'node:net';

/** Stands before a server; while it is silent it takes what comes and hands nothing on. Connections that are frozen stay so; later ones are not. */
export async function startProxy(target: number, host = '127.0.0.1') {
  const sockets = new Set<Socket>();
  const frozen = new WeakSet<Socket>();
  let silent = false;
  let answered = 0;
  const proxy = createServer((client) => {
    const server = connect(target, host);
    server.on('data', (bytes) => {
      answered += bytes.length;
    });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => silent || frozen.has(from) || to.write(bytes));
      from.on('close', () => to.destroy());
      from.on('error', () => undefined);
    }
  }).listen(0, '127.0.0.1');
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  await new Promise((resolve) => proxy.once('listening', resolve));
  return {
    port: (proxy.address() as { readonly port: number }).port,
    /** What came from the server so far. */
    answeredBytes: () => answered,
    freeze: () => {
      for (const socket of sockets) frozen.add(socket);
    },
    fallSilent: () => {
      silent = true;
    },
    /** What was said meanwhile is lost, and so are the connections on which it was. */
    speak() {
      silent = false;
      endAll();
    },
    close() {
      proxy.close();
      endAll();
    },
  };
}
