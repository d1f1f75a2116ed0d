import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real server on this machine, with data in a temporary folder of its own. */
export interface EngineServer {
  /** For clients: `host:port` of Kafka, `mongodb://…` of MongoDB without a database, `esdb://…` of EventStoreDB. */
  readonly url: string;
  /** Of its data. */
  readonly folder: string;
  /** Ends it in good order; `start` brings it back with its data. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: its connections stay open and nothing answers. `thaw` before `stop`. */
  freeze(): void;
  thaw(): void;
  /** After `stop` or `kill`, on the same port. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

export interface ServerSpec {
  readonly name: string;
  /** The program and its arguments; it ends when its input does. */
  command(folder: string): readonly [string, ...string[]];
  readonly url: string;
  /** Throws while it does not answer yet. */
  probe(url: string): Promise<unknown>;
}

const PROBE_MS = 20_000;

export async function startServer(spec: ServerSpec): Promise<EngineServer> {
  const folder = mkdtempSync(path.join(tmpdir(), `letopis-${spec.name}-`));
  const output = path.join(folder, 'output.log');
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const file = openSync(output, 'a');
    const [program, ...args] = spec.command(folder);
    // Its input ends with this process, however that ends, so it never outlives it.
    const started = spawn(program, args, { stdio: ['pipe', file, file] });
    closeSync(file);
    started.stdin!.on('error', () => undefined);
    child = started;
    for (;;) {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`${spec.name} ended:\n${readFileSync(output, 'utf8').slice(-2_000)}`);
      const asked = spec.probe(spec.url).then(
        () => true,
        () => false,
      );
      // A client that was asked while the server came up may never hear of it; the next one does.
      if (await Promise.race([asked, sleep(PROBE_MS, false, { ref: false })])) return;
      await sleep(100);
    }
  }

  async function end(how: (running: ChildProcess) => void): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child!.once('exit', () => resolve()));
    how(child);
    await exited;
  }
  const stop = () => end((running) => running.stdin!.end());

  await start();
  return {
    url: spec.url,
    folder,
    start,
    stop,
    kill: () => end((running) => running.kill('SIGKILL')),
    freeze: () => void child!.kill('SIGSTOP'),
    thaw: () => void child!.kill('SIGCONT'),
    async dispose() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** So many ports of the loopback that are free now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      return server;
    }),
  );
  const ports = held.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
