import { CommanderError } from 'commander';
import { buildProgram } from './program.js';
import { exitCode } from './terminal/exit-code.js';
import { say } from './terminal/output.js';

// A reader that has seen enough (`| head`) is no fault.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit(exitCode.ok);
  say(`letopis: cannot write to standard output: ${code === 'ENOSPC' ? 'no space left on its disk' : message}`);
  process.exit(exitCode.unavailable);
});

try {
  const program = await buildProgram(process.argv.slice(2));
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCode.ok : exitCode.usage;
}
