// Brings node_modules/ and dist/ up to date before anything runs. Plain JavaScript: on a fresh clone it runs on the machine's own Node.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const inRoot = (...parts) => path.join(root, ...parts);

/** The Node that package.json pins: what every program of the project runs on. */
export const pinnedNode = inRoot('node_modules/.bin/node');

/** Where Node keeps the machine code of what it has loaded: every program starts with a tenth less work. */
export const compileCache = inRoot('node_modules/.cache/letopis-compiled');

/** Runs a command in the root and answers its exit code and, unless it inherits the terminal, what it printed. */
export function run(command, args, { inherit = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
    const release = passSignals(child);
    child.on('error', reject);
    child.on('close', (code) => {
      release();
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Hands the signals that ask this process to end on to a child, and answers how to stop doing so. */
export function passSignals(child) {
  const pass = (signal) => {
    // At a terminal Ctrl-C reaches the whole process group, the child included; passing it on would make two of one.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
  };
}

/**
 * Installs and builds what is missing or out of date. One process does it at a time, the others wait for it.
 * `say` gets a line for every step that takes time; nothing is ever written to standard output.
 */
export async function prepare({ say = () => {} } = {}) {
  await underLock(async () => {
    if (!installed()) {
      say('Installing the packages of package-lock.json …');
      const { code, output } = await run('npm', ['ci', '--loglevel=error']);
      if (code !== 0) throw new PrepareError(`npm ci failed (exit code ${code}):\n${output}`);
    }
    if (!existsSync(pinnedNode))
      throw new PrepareError(`No Node 24 for ${process.platform} ${process.arch} among the optional dependencies.`);
    const { build } = await import('./build.mjs');
    const { compiled, removed } = await build();
    if (compiled + removed > 0) say(`Built dist/: ${compiled} compiled, ${removed} removed.`);
  });
}

/** A step of the preparation failed; the message is all that a person needs. */
export class PrepareError extends Error {}

function installed() {
  const marker = inRoot('node_modules/.package-lock.json'); // npm writes it last
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(inRoot('package-lock.json')).mtimeMs;
}

async function underLock(work) {
  const lock = inRoot('.prepare.lock');
  while (!take(lock)) await sleep(100);
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (abandoned(lock)) {
    // The rename has one winner, so two waiting processes cannot both clear the way; a lock taken in between is put back.
    const aside = `${lock}.${process.pid}`;
    try {
      renameSync(lock, aside);
      if (abandoned(aside)) rmSync(aside);
      else renameSync(aside, lock);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  return false;
}

function abandoned(lock) {
  try {
    const owner = Number(readFileSync(lock, 'utf8'));
    // Between its creation and its first byte a lock is empty: that owner is alive unless it has been empty for long.
    if (!owner) return Date.now() - statSync(lock).mtimeMs > 5_000;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

// `npm run build`
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await prepare({ say: console.log });
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
