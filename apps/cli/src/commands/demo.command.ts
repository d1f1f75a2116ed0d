import { type Command, InvalidArgumentError } from 'commander';
import { readConfiguration } from '#platform/configuration/configuration.js';
import type { ExitCode } from '../terminal/exit-code.js';
import { action } from '../terminal/run-command.js';

interface DemoOptions {
  readonly once?: boolean;
  readonly fresh?: boolean;
  readonly customers: number;
  readonly seed: number;
}

const whole = (given: string): number => {
  if (!/^\d{1,7}$/.test(given)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(given);
};

const atLeastOne = (given: string): number => {
  const number = whole(given);
  if (number === 0) throw new InvalidArgumentError('A company has at least one customer.');
  return number;
};

export function demoCommand(command: Command): void {
  command
    .description(
      'Load three years of an invented company into a folder of its own (LETOPIS_DATA, ./data when absent, plus /demo), start the API on it, and say what to look at, until Ctrl-C.',
    )
    .option('--once', 'in a temporary folder and on a free port: check what a visitor would be shown, and exit with 0 or not')
    .option('--fresh', 'throw the company of an earlier run away first')
    .option('--customers <number>', 'size of the company; about 31 commands a customer', atLeastOne, 400)
    .option('--seed <number>', 'another company', whole, 7)
    .addHelpText('after', '\nExamples:\n  letopis demo\n  letopis demo --once\n  letopis demo --customers 5000 --seed 11 --fresh')
    .action(action(demo));
}

async function demo(options: DemoOptions): Promise<ExitCode> {
  const configuration = readConfiguration(process.env);
  const { runDemo } = await import('../demo/run-demo.js');
  return runDemo(configuration, options);
}
