import { type Command, Option } from 'commander';
import { CliError } from '../terminal/cli-error.js';
import { connectServer, type Server } from './server.js';

export interface ServerOptions {
  readonly server?: string;
  readonly key?: string;
  readonly token?: string;
}

export const addServerOptions = (command: Command): Command =>
  command
    .addOption(new Option('--server <url>', 'use a running server instead of the data folder').env('LETOPIS_SERVER'))
    .addOption(new Option('--key <key>', 'API key for --server').env('LETOPIS_KEY'))
    .addOption(new Option('--token <token>', 'token of the OpenID Connect issuer for --server, instead of a key').env('LETOPIS_TOKEN'));

/** Undefined: work on the data folder. */
export function serverOf({ server, key, token }: ServerOptions): Server | undefined {
  for (const [option, given, variable] of [
    ['--key', key, process.env.LETOPIS_KEY],
    ['--token', token, process.env.LETOPIS_TOKEN],
  ])
    if (server === undefined && given !== undefined && !variable)
      throw new CliError(`${option} requires --server, the address of the server`);
  return server === undefined ? undefined : connectServer(server, token ?? key);
}
