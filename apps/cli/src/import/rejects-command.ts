import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openKeysAlone, openRejectedRows, type RejectedRow, type RejectedRows, readConfiguration, rejectedRowsFile } from '#platform';
import { CliError } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { printJson, printLine, say } from '../terminal/output.js';
import { printTable } from '../terminal/table.js';
import { openRejectedCards } from '../vcard/rejected-cards.js';
import { NO_IMPORT } from './memory/import-identity.js';
import { openRejectsFile } from './run/rejects-file.js';
import type { Reject } from './run/row-result.js';

export interface RejectsOptions {
  readonly out?: string;
  /** Id of a customer. */
  readonly files?: string;
  readonly json?: boolean;
}

/** Rows that are written at once. */
const BLOCK = 1_000;

/**
 * Lists the imports of the data folder whose rejected rows are kept, or the files that may have rows of a customer, or writes out the rows of one
 * import. @throws CliError
 */
export async function runRejectsCommand(reference: string | undefined, options: RejectsOptions): Promise<ExitCode> {
  if (reference !== undefined && options.files !== undefined)
    throw new CliError('give an import or --files, not both: --files lists the files of all imports');
  const { dataFolder, subjectKeys } = readConfiguration(process.env);
  if (!existsSync(rejectedRowsFile(dataFolder)))
    throw new CliError(`no rejected rows found in ${dataFolder}; set LETOPIS_DATA to the folder that the import went to`);
  const keys = await openKeysAlone(subjectKeys);
  const rejected = openRejectedRows(dataFolder, keys);
  try {
    await rejected.expire(new Date().toISOString());
    if (options.files !== undefined) return await listFiles(rejected, options.files, options.json ?? false);
    return reference === undefined ? await list(rejected, options.json ?? false) : await writeOut(rejected, reference, options.out);
  } finally {
    await rejected.close();
    await keys.close();
  }
}

async function list(rejected: RejectedRows, json: boolean): Promise<ExitCode> {
  const imports = await rejected.imports();
  if (json) await printJson(imports);
  else if (imports.length === 0) say('no rejected rows are kept');
  else
    await printTable(
      ['import', 'rows', 'kept until'],
      imports.map(({ reference, rows, until }) => [reference, rows, until]),
    );
  return exitCode.ok;
}

/** In plain text beside the imported files, or where `--out` said; a file may have been moved or deleted since. */
async function listFiles(rejected: RejectedRows, customerId: string, json: boolean): Promise<ExitCode> {
  const { files } = await rejected.remaining(customerId);
  if (json) await printJson(files);
  else if (files.length === 0) say(`no file with rejected rows that may be of ${customerId} is known`);
  else for (const file of files) await printLine(file);
  return exitCode.ok;
}

async function writeOut(rejected: RejectedRows, reference: string, out?: string): Promise<ExitCode> {
  const found = (await rejected.imports()).find((one) => one.reference === reference);
  if (!found)
    throw new CliError(`no rows of an import ${JSON.stringify(reference)} are kept; \`letopis import rejects\` lists those that are`);
  const { format } = found;
  const path = out ?? `${reference}.rejects.${format}`;
  const file = format === 'vcf' ? await openRejectedCards(path) : await openRejectsFile(path, format, 0);
  try {
    const block: RejectedRow[] = [];
    const writeDown = async () => {
      const rows = block.splice(0);
      await rejected.wrote(resolve(path), rows);
      await file.write(rows.map((row) => asReject(row, reference)));
    };
    for await (const row of rejected.rowsOf(reference)) if (block.push(row) === BLOCK) await writeDown();
    await writeDown();
  } finally {
    await file.close();
  }
  await printLine(path);
  say(`${found.rows} rejected rows written in plain text to ${path}; correct them, import that file, and delete it`);
  return exitCode.ok;
}

const asReject = ({ customerIds: _, ...row }: RejectedRow, reference: string): Reject => ({
  ...row,
  of: { reference: reference.startsWith(NO_IMPORT) ? NO_IMPORT : reference } as Reject['of'],
});
