import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Workplace } from './letopis.js';

export interface Serving {
  readonly url: string;
  readonly key: string;
  /** The options that lead a command there. */
  readonly there: readonly string[];
  stop(): Promise<number | null>;
}

/** `letopis serve` on a free port, with a key of an admin. */
export async function serve(place: Workplace, environment: Readonly<Record<string, string>> = {}): Promise<Serving> {
  const { stdout } = await place.run('keys', 'create', '--role', 'admin', '--actor', 'tester');
  const key = stdout.trim();
  const child = place.start({ PORT: '0', PROCESSES: 'off', ACCESS_LOG_ANCHOR_SECONDS: '86400', ...environment }, 'serve');
  const url = await listening(child);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    url,
    key,
    there: ['--server', url, '--key', key],
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Waits until its views have been built, too. */
export async function ready(server: Serving): Promise<Serving> {
  while (!(await fetch(`${server.url}/health/ready`)).ok) await pause(50);
  return server;
}

function listening(child: ChildProcess): Promise<string> {
  let told = '';
  child.stdout?.resume();
  return new Promise((resolve, reject) => {
    child.once('close', () => reject(new Error(`the server ended: ${told}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      const url = /http:\/\/[0-9.]+:\d+/.exec(told)?.[0];
      if (url) resolve(url);
    });
  });
}
