import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

type Query = Readonly<Record<string, string>>;

/** An empty chronicle of its own, filled through the public CLI and read through the public HTTP edge. */
export interface Chronicle {
  /** Runs `letopis import` on it; after `serve` it goes through the server. */
  import(file: string, mapping: string): Promise<void>;
  serve(): Promise<void>;
  get<Answer>(address: string, query?: Query): Promise<Answer>;
  /** The items of all pages. */
  all<Item>(address: string, member: string, query?: Query): Promise<readonly Item[]>;
  remove(): Promise<void>;
}

export const root = path.resolve(import.meta.dirname, '../../..');
const program = path.join(root, 'dist/apps/cli/src/main.js');
const mappings = path.join(root, 'test/fixtures/mappings');

export function emptyChronicle(say: (line: string) => void): Chronicle {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-golden-'));
  const environment = {
    ...process.env,
    // Where they begin is an event of its own, at an instant of its own: the end of the log is compared.
    PROCESSES: 'off',
    LETOPIS_DATA: path.join(folder, 'data'),
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    RATE_LIMIT: '100000',
  };
  const letopis = (...args: readonly string[]) =>
    spawn(process.execPath, [program, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let server: { readonly process: ChildProcess; readonly url: string; readonly key: string } | undefined;
  const cleanUp = () => {
    server?.process.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', cleanUp);

  async function request(address: string, query: Query = {}): Promise<Response> {
    if (!server) throw new Error('the chronicle is not served yet');
    const response = await fetch(`${server.url}${address}?${new URLSearchParams(query)}`, {
      headers: { authorization: `Bearer ${server.key}` },
    });
    if (!response.ok) throw new Error(`GET ${address}: ${response.status} ${await response.text()}`);
    return response;
  }

  return {
    async import(file, mapping) {
      const there = server ? ['--server', server.url, '--key', server.key] : [];
      const rejects = path.join(folder, `${path.basename(file)}.rejects.csv`);
      const { code, stdout, stderr } = await ended(
        letopis('import', file, '--mapping', path.join(mappings, mapping), '--rejects', rejects, '--json', ...there),
      );
      if (code !== 0) throw new Error(`letopis import ${file} ended with ${code}: ${stderr}${stdout}`);
      const { rows, eventsAppended, seconds, rowsPerSecond } = JSON.parse(stdout) as Readonly<Record<string, number>>;
      say(
        `         ${path.basename(file)} by ${mapping}: ${rows} rows, ${eventsAppended} events appended, ${seconds} s, ${rowsPerSecond} rows/s`,
      );
    },
    async serve() {
      const { stdout } = await ended(letopis('keys', 'create', '--role', 'admin', '--actor', 'golden'));
      const child = letopis('serve');
      server = { process: child, url: await addressOf(child), key: stdout.trim() };
      await untilReady(server.url);
    },
    get: async (address, query) => (await request(address, query)).json() as never,
    async all(address, member, query = {}) {
      const items: unknown[] = [];
      for (let next: Query | undefined = { limit: '1000', ...query }; next; ) {
        const response = await request(address, next);
        items.push(...((await response.json()) as Readonly<Record<string, readonly unknown[]>>)[member]!);
        const link: string | undefined = /<[^>?]*\?([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
        next = link === undefined ? undefined : Object.fromEntries(new URLSearchParams(link));
      }
      return items as never;
    },
    async remove() {
      process.off('exit', cleanUp);
      if (server) {
        const stopped = new Promise((resolve) => server?.process.once('close', resolve));
        server.process.kill('SIGTERM');
        await stopped;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

function addressOf(child: ChildProcess): Promise<string> {
  let told = '';
  child.stdout?.resume();
  return new Promise((resolve, reject) => {
    child.once('close', () => reject(new Error(`letopis serve ended: ${told}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      const url = /http:\/\/[0-9.]+:\d+/.exec(told)?.[0];
      if (url) resolve(url);
    });
  });
}

async function untilReady(url: string): Promise<void> {
  for (const deadline = Date.now() + 300_000; Date.now() < deadline; ) {
    const { ok } = await fetch(`${url}/health/ready`);
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the views did not become ready in five minutes');
}
