import { openDerivedIdsToRead } from '#platform/commands/derived-ids.js';
import { readConfiguration } from '#platform/configuration/configuration.js';
import { openIfThere } from '../chronicle/open-for-reading.js';
import { type ServerOptions, serverOf } from '../server/server-options.js';
import { type ForeignKeyIds, ownForeignKeyIds } from './foreign-key-ids.js';
import { httpForeignKeyIds } from './http-foreign-key-ids.js';

/** Of what is known already, before commands go there: of a chronicle that is not there yet, any ids do. @throws CliError */
export async function foreignKeyIdsToRead(options: ServerOptions): Promise<ForeignKeyIds> {
  const server = serverOf(options);
  if (server) return httpForeignKeyIds(server);
  const configuration = readConfiguration(process.env);
  const log = await openIfThere(configuration);
  try {
    return ownForeignKeyIds(await (await openDerivedIdsToRead(configuration.keyStoreUrl, log))());
  } finally {
    await log?.close();
  }
}
