import { type Command, InvalidArgumentError } from 'commander';
import { readConfiguration } from '#platform/configuration/configuration.js';
import type { DemoOptions } from '../demo/run-demo.js';
import type { ExitCode } from '../terminal/exit-code.js';
import { action } from '../terminal/run-command.js';

const whole = (given: string): number => {
  if (!/^\d{1,7}$/.test(given)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(given);
};

const atLeastOne = (given: string): number => {
  const number = whole(given);
  if (number === 0) throw new InvalidArgumentError('It must be 1 or more.');
  return number;
};

export function define(command: Command): void {
  command
    .description(
      'Load three years of an invented company into a folder of its own (LETOPIS_DATA, ./data when absent, plus /demo), and on EventStoreDB (EVENT_LOG_URL) into a namespace of its own, start the API on it and print what to try, until Ctrl-C.',
    )
    .option('--once', 'use a temporary folder and a free port, check the printed requests, and exit with 0 if they succeed')
    .option('--fresh', 'delete the company of an earlier run first')
    .option('--customers <number>', 'number of customers; about 31 commands each', atLeastOne, 400)
    .option('--seed <number>', 'another company', whole, 7)
    .addHelpText('after', '\nExamples:\n  letopis demo\n  letopis demo --once\n  letopis demo --customers 5000 --seed 11 --fresh')
    .action(action(demo));
}

async function demo(options: DemoOptions): Promise<ExitCode> {
  const configuration = readConfiguration(process.env);
  const { runDemo } = await import('../demo/run-demo.js');
  return runDemo(configuration, options);
}
