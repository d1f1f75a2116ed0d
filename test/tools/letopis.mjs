#!/usr/bin/env node
import { runProgram } from './run-program.mjs';

await runProgram('apps/cli/src/main.js', process.argv.slice(2));
