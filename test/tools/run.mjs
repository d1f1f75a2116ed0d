// Runs a compiled program on the pinned Node: `run.mjs apps/cli/src/main.js demo` runs dist/apps/cli/src/main.js demo.
import { runProgram } from './run-program.mjs';

const [program, ...args] = process.argv.slice(2);
await runProgram(program, args);
