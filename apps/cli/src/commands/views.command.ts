import type { Command } from 'commander';
import { NO_CURATOR } from '#relationship';
import { addServerOptions, type ServerOptions } from '../server/server-options.js';
import { CliError, noSuchCustomer } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { printJson, printLine, say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';
import { tableText } from '../terminal/table.js';
import type { Names } from '../views/names.js';
import {
  showAccesses,
  showChurn,
  showConversion,
  showDeals,
  showDesk,
  showEventsBehind,
  showFunnel,
  showLadder,
  showLosses,
  showRetention,
} from '../views/show-company.js';
import { showCard, showChurnOf, showCurators, showCustomers, showLadderOf, showTimeline } from '../views/show-customer.js';
import type { Shown } from '../views/table-of.js';
import type { ViewSource } from '../views/view-source.js';

type Show = (body: unknown, names: Names) => readonly Shown[];

interface Offered {
  /** The view by its name at the edge, where `subject` is absent and where it is given. */
  readonly all?: string;
  readonly one?: string;
  readonly show: Show;
  readonly showOne?: Show;
  /** The query parameter of the subject; without it the subject is in the path, as the customer unless `inPath` says otherwise. */
  readonly subject?: string;
  readonly inPath?: string;
  /** What the help calls the subject; `customerId` when absent. */
  readonly called?: string;
  readonly summary: string;
  /** Asked where there is nothing to show. @throws CliError where there is no such subject */
  readonly mustExist?: (subject: string, source: ViewSource, names: Names) => Promise<unknown>;
}

const offered: Readonly<Record<string, Offered>> = {
  customers: {
    all: 'find-customers',
    one: 'find-customers',
    subject: 'name',
    show: showCustomers,
    called: 'name',
    summary: 'customers, or those whose name contains <name>',
  },
  card: { one: 'customer', show: showCard, summary: 'the card of a customer' },
  timeline: { one: 'timeline', show: showTimeline, summary: 'all past and planned events of a customer' },
  ladder: {
    all: 'ladder',
    one: 'customer-ladder',
    show: showLadder,
    showOne: showLadderOf,
    summary: 'the loyalty ladder, or the rung of a customer',
  },
  churn: { all: 'churn', one: 'customer-churn', show: showChurn, showOne: showChurnOf, summary: 'churn, or the figures of a customer' },
  funnel: { all: 'funnel', show: showFunnel, summary: 'deals by stage' },
  conversion: {
    all: 'funnel-conversion',
    one: 'funnel-conversion',
    subject: 'by',
    called: 'dimension',
    show: showConversion,
    summary: 'win rates by source, or by curator, segment or label:<name>',
  },
  deals: {
    all: 'deals',
    one: 'deals',
    subject: 'customerId',
    show: showDeals,
    summary: 'deals, or those of a customer',
    mustExist: async (customerId, source) => {
      const { viewNamed } = await import('../views/view-source.js');
      await source.ask(viewNamed('customer'), { customerId }, {}).catch(noCustomer(customerId));
    },
  },
  'loss-reasons': { all: 'loss-reasons', show: showLosses, summary: 'why deals are lost' },
  events: {
    one: 'events-behind',
    inPath: 'view',
    called: 'view',
    show: showEventsBehind,
    summary: 'the events behind a number of a view: -p series=… from its --json',
  },
  retention: { all: 'retention', show: showRetention, summary: 'who is listed for erasure by the policy retention, and when' },
  'access-log': {
    all: 'access-log',
    one: 'access-log',
    subject: 'customerId',
    show: showAccesses,
    summary: 'who was shown data of customers, or of one, and when',
  },
  curators: { all: 'curators', show: showCurators, summary: 'all curators, including those who have left' },
  desk: {
    one: 'desk',
    subject: 'curatorId',
    called: 'curatorId',
    show: showDesk,
    summary: "a curator's day",
    mustExist: async (curatorId, _, names) => {
      if (curatorId === NO_CURATOR || names.isCurator(curatorId)) return;
      throw new CliError(`unknown curator ${JSON.stringify(curatorId)}; \`letopis views curators\` lists them`, exitCode.partly);
    },
  },
};

interface ViewsOptions extends ServerOptions {
  readonly param?: readonly string[];
  readonly asOf?: string;
  readonly knownAt?: string;
  readonly limit?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

function usageOf(name: string, { one, all, called = 'customerId' }: Offered): string {
  if (one === undefined) return name;
  return all === undefined ? `${name} <${called}>` : `${name} [${called}]`;
}

const help = `
Views:
${Object.entries(offered)
  .map(([name, view]) => `  ${usageOf(name, view).padEnd(24)} ${view.summary}`)
  .join('\n')}

Parameters are those of the HTTP API (see /docs of a running server), passed as -p name=value.

Examples:
  letopis views customers ivan
  letopis views timeline 0197e9c4-0d0e-5a51-8a3b-1e7f6a4b2c11 -p order=oldest --limit 20
  letopis views funnel --as-of 2017-06-30 -p by=curator
  letopis views conversion label:region
  letopis views deals -p status=won --all --json > won.json
  letopis views events funnel -p 'series=measure=stage-won|stage=lead|' --as-of 2017-06-30 --all`;

export function define(command: Command): void {
  addServerOptions(
    command
      .description('Show a view of the data folder, or of a running server with --server.')
      .option('-p, --param <name=value>', 'a parameter of the view; repeatable', (value: string, before: readonly string[] = []) => [
        ...before,
        value,
      ])
      .option('--as-of <instant>', 'show what was true at this instant; ISO 8601, or a day')
      .option('--known-at <instant>', 'show what was known at this instant')
      .option('--limit <number>', 'items per page')
      .option('--all', 'all pages')
      .option('--json', 'print the answer as JSON, one line per page')
      .addHelpText('after', help),
  ).action(action(showView));
}

async function showView(name: string, subject: string | undefined, options: ViewsOptions): Promise<ExitCode> {
  const view = Object.hasOwn(offered, name) ? offered[name] : undefined;
  if (!view) throw new CliError(`unknown view ${JSON.stringify(name)}; the views are ${Object.keys(offered).join(', ')}`);
  const edgeName = subject === undefined ? view.all : view.one;
  if (edgeName === undefined)
    throw new CliError(
      subject === undefined ? `usage: letopis views ${usageOf(name, view)}` : `${name} takes no argument; pass parameters as -p name=value`,
    );
  const query = toQuery(options);
  if (subject !== undefined && view.subject) query[view.subject] = subject;
  const { openViewSource, viewNamed } = await import('../views/view-source.js');
  const { readNames } = await import('../views/names.js');
  const source = await openViewSource(options);
  try {
    const show = (subject !== undefined && view.showOne) || view.show;
    const path: Record<string, string> = subject !== undefined && !view.subject ? { [view.inPath ?? 'customerId']: subject } : {};
    const names = await readNames(source);
    for (let next: string | undefined, first = true; first || (options.all && next !== undefined); first = false) {
      const asked = next === undefined ? query : { ...query, cursor: next };
      const page = await source.ask(viewNamed(edgeName), path, asked).catch(noCustomer(path.customerId));
      next = page.next;
      // Whoever looks at what was read reads nothing by it.
      if (!options.json && !viewNamed(edgeName).idsOnly) await names.meet(page.body);
      const shown = show(page.body, names).filter(({ rows }) => rows.length > 0);
      if (shown.length === 0 && subject !== undefined) await view.mustExist?.(subject, source, names);
      await (options.json ? printJson(page.body) : printTables(shown));
      if (next !== undefined && !options.all && !options.json) say('More pages follow; --all shows every page.');
    }
    return exitCode.ok;
  } finally {
    await source.close();
  }
}

/** Says so where that is what was not found. */
const noCustomer = (customerId: string | undefined) => (error: unknown) => {
  const missing = customerId !== undefined && error instanceof CliError && error.exit === exitCode.partly;
  if (!missing) throw error;
  throw noSuchCustomer(customerId);
};

async function printTables(shown: readonly Shown[]): Promise<void> {
  if (shown.length === 0) say('Nothing to show.');
  for (const { title, head, rows } of shown) {
    if (title) await printLine(`\n${title}`);
    await printLine(tableText(head, rows).replace(/^\s*\n/, ''));
  }
}

function toQuery({ param = [], asOf, knownAt, limit }: ViewsOptions): Record<string, string> {
  const query: Record<string, string> = {};
  for (const given of param) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
    if (name === undefined || value === undefined) throw new CliError(`-p must be name=value, not ${JSON.stringify(given)}`);
    query[name] = value;
  }
  return {
    ...query,
    ...(asOf !== undefined && { asOf }),
    ...(knownAt !== undefined && { knownAt }),
    ...(limit !== undefined && { limit }),
  };
}
