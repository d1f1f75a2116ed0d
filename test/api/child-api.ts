import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The API as people run it: what the build wrote, in a process of its own. */
export interface ChildApi {
  readonly url: string;
  readonly process: ChildProcess;
  readonly exited: Promise<{ readonly code: number | null; readonly output: string }>;
  /** What it has printed so far. */
  output(): string;
}

const { PATH, NODE_COMPILE_CACHE } = process.env;

export const spawnProgram = (program: string, environment: Readonly<Record<string, string>>, given: readonly string[] = []) => {
  const child = spawn(process.execPath, [path.join(root, 'dist', program), ...given], {
    env: { PATH, NODE_COMPILE_CACHE, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  const exited = new Promise<{ code: number | null; output: string }>((resolve) => child.on('close', (code) => resolve({ code, output })));
  return { child, exited, output: () => output };
};

/** Resolves when it listens; rejects with what it printed when it ends before. */
export const spawnApi = async (environment: Readonly<Record<string, string>>): Promise<ChildApi> => {
  const { child, exited, output } = spawnProgram('apps/api/src/main.js', {
    ...{ PROCESSES: 'off', PORT: '0', RATE_LIMIT: '100000', ADDRESS_RATE_LIMIT: '100000' },
    ...environment,
  });
  let ended: string | undefined;
  void exited.then((end) => {
    ended = end.output;
  });
  for (;;) {
    const url = /"url":"(http[^"]+)"/.exec(output())?.[1];
    if (url !== undefined) return { url, process: child, exited, output };
    if (ended !== undefined) throw new Error(ended);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
