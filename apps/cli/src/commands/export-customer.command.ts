import type { Command } from 'commander';
import { exportPage } from '#projections/export/page.js';
import { addServerOptions, type ServerOptions } from '../server/server-options.js';
import { CliError, noSuchCustomer } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { print, printLine } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';

interface ExportOptions extends ServerOptions {
  readonly kept?: boolean;
  readonly html?: boolean;
}

const help = `
Without --kept the export has what the customer provided (Art. 20 GDPR), with it all that is kept of the customer, without data of others
and costs (Art. 15). Free texts can name other people: read them before you hand them out, and release over the API instead
(POST /customers/<customerId>/access-request/release), where texts can be withheld and the customer fetches what was released.

The export is printed on standard output. Over --server it is in the access log, in the data folder itself nothing is recorded.

Examples:
  letopis export-customer 0197e9c4-0d0e-5a51-8a3b-1e7f6a4b2c11 > provided.json
  letopis export-customer 0197e9c4-0d0e-5a51-8a3b-1e7f6a4b2c11 --kept --html > kept.html`;

export function define(command: Command): void {
  addServerOptions(
    command
      .description('Export the data of a customer for the customer, from the data folder, or from a running server with --server.')
      .option('--kept', 'all that is kept of the customer, and not only what the customer provided')
      .option('--html', 'a page to read and print instead of JSON')
      .addHelpText('after', help),
  ).action(action(exportCustomer));
}

async function exportCustomer(customerId: string, { kept, html, ...options }: ExportOptions): Promise<ExitCode> {
  const { openViewSource, viewNamed } = await import('../views/view-source.js');
  const source = await openViewSource(options);
  try {
    const { body } = await source
      .ask(viewNamed(kept ? 'export-kept-data' : 'export-provided-data'), { customerId }, {})
      .catch((error: unknown) => {
        if (error instanceof CliError && error.exit === exitCode.partly) throw noSuchCustomer(customerId);
        throw error;
      });
    await (html ? print(exportPage(body)) : printLine(JSON.stringify(body)));
    return exitCode.ok;
  } finally {
    await source.close();
  }
}
