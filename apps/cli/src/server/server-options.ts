import { type Command, Option } from 'commander';
import { CliError } from '../terminal/cli-error.js';
import { connectServer, type Server } from './server.js';

export interface ServerOptions {
  readonly server?: string;
  readonly key?: string;
}

export const addServerOptions = (command: Command): Command =>
  command
    .addOption(new Option('--server <url>', 'use a running server instead of the data folder').env('LETOPIS_SERVER'))
    .addOption(new Option('--key <key>', 'API key for --server').env('LETOPIS_KEY'));

/** Undefined: work on the data folder. */
export function serverOf({ server, key }: ServerOptions): Server | undefined {
  if (server === undefined && key !== undefined && !process.env.LETOPIS_KEY)
    throw new CliError('--key requires --server, the address of the server');
  return server === undefined ? undefined : connectServer(server, key);
}
