import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const programs = fileURLToPath(new URL('../../', import.meta.url));

export interface Served {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a program of dist/ whose output goes to a file, and waits until it has told its address there. */
export async function serve(program: string, folder: string, environment: Readonly<Record<string, string>>): Promise<Served> {
  const output = path.join(folder, `${path.basename(program)}.${Date.now()}.log`);
  const file = openSync(output, 'w');
  const child = spawn(process.execPath, [path.join(programs, program)], {
    env: { PATH: process.env.PATH ?? '', PORT: '0', RATE_LIMIT: '999999999', ...environment },
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (;;) {
    const url = /"url":"(http[^"]+)"/.exec(readFileSync(output, 'utf8'))?.[1];
    if (url !== undefined) return { url, stop: () => stopped(child, exited) };
    if (child.exitCode !== null) throw new Error(readFileSync(output, 'utf8'));
    await sleep(5);
  }
}

async function stopped(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await exited;
  clearTimeout(late);
}

export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

export async function load(url: string, key: string, seconds: number, customers: number): Promise<Load> {
  const child = spawn(process.execPath, [path.join(programs, 'test/bench/http-load.js'), url, key, String(seconds), String(customers)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return JSON.parse(text) as Load;
}
