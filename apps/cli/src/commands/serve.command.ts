import type { Command } from 'commander';
import { readConfiguration, type VariableName, variables } from '#platform/configuration/configuration.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { onInterruption } from '../terminal/interruption.js';
import { say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';

const names = Object.keys(variables) as VariableName[];
const widest = Math.max(...names.map(({ length }) => length));
const rows = names.map((name) => `  ${name.padEnd(widest)}  ${variables[name].description} (default ${variables[name].default || 'none'})`);

export function define(command: Command): void {
  command
    .description(
      'Start the API on HOST and PORT, including the projector, until Ctrl-C. Standard output is its log, one JSON object per line.',
    )
    .addHelpText(
      'after',
      `\nConfiguration by environment variables:\n${rows.join('\n')}\n\nExamples:\n  letopis serve\n  LETOPIS_DATA=/var/lib/letopis PORT=8080 letopis serve`,
    )
    .action(action(serve));
}

async function serve(): Promise<ExitCode> {
  const configuration = readConfiguration(process.env);
  const { startApi } = await import('../../../api/src/start-api.js');
  const interruption = onInterruption();
  const api = await startApi({ configuration });
  say(`Letopis listens at ${api.url} (documentation at ${api.url}/docs); Ctrl-C stops it. \`letopis keys create\` creates a key.`);
  if (!interruption.signal.aborted) await new Promise((resolve) => interruption.signal.addEventListener('abort', resolve, { once: true }));
  await api.close();
  interruption.release();
  return exitCode.ok;
}
