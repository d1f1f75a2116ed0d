import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { compileCache, passSignals, pinnedNode, prepare, root } from './prepare.mjs';

/**
 * Prepares what is out of date, runs a program of dist/ in the caller's folder and ends as it ends. Standard output
 * belongs to the program alone.
 */
export async function runProgram(program, args) {
  try {
    await prepare({ say: (line) => process.stderr.isTTY && console.error(line) });
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  // kafkajs 2.2.4 sets timers in the past, which Node 24 warns of and then sets right.
  const child = spawn(
    pinnedNode,
    ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning', path.join(root, 'dist', program), ...args],
    { stdio: 'inherit', env: { NODE_COMPILE_CACHE: compileCache, ...process.env } },
  );
  passSignals(child);
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
