import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CliError } from '../../terminal/cli-error.js';

/** A rehearsal has a file of its own: that of the import may be in somebody's hands who mends it. */
export const rejectsPathOf = (imported: string, extension: 'csv' | 'ndjson' | 'vcf', dryRun: boolean): string =>
  `${imported}.rejects.${dryRun ? 'dry-run.' : ''}${extension}`;

/**
 * Rejects a file that the import reads, by whatever path or link, and what is no file at all: it would be set aside. `inputs` are paths by
 * what they are called. @throws CliError
 */
export async function assertRejectsPath(rejectsPath: string, inputs: ReadonlyMap<string, string>): Promise<void> {
  const there = await stat(rejectsPath, { bigint: true }).catch(() => undefined);
  if (!there) {
    const folder = path.dirname(rejectsPath);
    if (!(await stat(folder).catch(() => undefined))?.isDirectory()) throw new CliError(`--rejects: folder ${folder} does not exist`);
    return;
  }
  if (!there.isFile()) throw new CliError(`--rejects: ${rejectsPath} is not a regular file; use another file`);
  for (const [called, input] of inputs) {
    const read = await stat(input, { bigint: true }).catch(() => undefined);
    if (read?.dev === there.dev && read.ino === there.ino) throw new CliError(`--rejects names ${called} itself; use another file`);
  }
}
