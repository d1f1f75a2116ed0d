import { EventLogWrittenElsewhere } from '#event-log';
import { CustomerAccesses } from '#platform/access/customer-access.js';
import { createAccessReader } from '#platform/access-log/find-accesses.js';
import { type Configuration, readConfiguration } from '#platform/configuration/configuration.js';
import { createResponsibilities } from '#platform/departures/responsibilities.js';
import { openLetopisLog } from '#platform/privacy/open-letopis-log.js';
import { Problem } from '#platform/problems/problem.js';
import { problemOf } from '#platform/problems/problem-of.js';
import { codeOfViews } from '#platform/projecting/code-of-views.js';
import { openReferences } from '#platform/reference-data/references.js';
import { isoNow } from '#platform/time/iso-now.js';
import { underPoliciesOf } from '#projections/reading.js';
import { createViewReader } from '#projections/runner/index.js';
import { openReadModels } from '#read-models';
import { readQuery } from '../../../api/src/edge/query.js';
import { viewCatalogue } from '../../../api/src/views/catalogue.js';
import { readsOf, type ViewDefinition } from '../../../api/src/views/view-definition.js';
import { catchUpViews } from '../chronicle/catch-up.js';
import { mustExist } from '../chronicle/open-for-reading.js';
import { type ServerOptions, serverOf } from '../server/server-options.js';
import { inSentence } from '../sink/problem-sentence.js';
import { CliError, unavailable } from '../terminal/cli-error.js';
import { exitCode } from '../terminal/exit-code.js';
import { say } from '../terminal/output.js';

export type Parameters = Readonly<Record<string, string>>;

export interface Page {
  readonly body: unknown;
  /** Cursor of the next page. */
  readonly next?: string | undefined;
}

/** Answers the questions that the HTTP edge answers, by the same table of views. */
export interface ViewSource {
  ask(view: ViewDefinition, path: Parameters, query: Parameters): Promise<Page>;
  close(): Promise<void>;
}

export const viewNamed = (name: string): ViewDefinition => {
  const found = viewCatalogue.find((view) => view.name === name);
  if (!found) throw new CliError(`unknown view ${JSON.stringify(name)}`);
  return found;
};

export async function openViewSource(options: ServerOptions): Promise<ViewSource> {
  const server = serverOf(options);
  if (!server) return openLocalSource();
  return {
    ask: (view, path, query) =>
      server.getPage(
        view.path.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(path[name] ?? '')),
        query,
      ),
    close: async () => {},
  };
}

const CATCHING_UP_MS = 600_000;
const SILENTLY_MS = 2_000;

/** The views of the data folder, beside a running server or alone, when they have seen everything that the log holds. */
async function openLocalSource(): Promise<ViewSource> {
  const configuration = readConfiguration(process.env);
  mustExist(configuration);
  const broughtUp = await bringUpToDate(configuration);
  const log = await openLetopisLog(configuration);
  const store = openReadModels(configuration.readModelsUrl, { readOnly: true });
  const references = await openReferences(log, () => undefined);
  const { policies, curators, subscribers } = references;
  const reader = createViewReader(store, codeOfViews());
  const accesses = new CustomerAccesses(log, reader);
  const responsibilities = createResponsibilities({ logs: [log], accesses, clock: isoNow, views: { store, reader } });
  const accessReader = createAccessReader(configuration.accessLogUrl);
  const services = { curators, policies, subscribers, responsibilities, accessReader };
  const identity = { keyId: 'cli', role: 'admin', actorId: 'cli' } as const;
  const reached = async (views: readonly string[]): Promise<boolean> => {
    const head = await log.head();
    const within = async (ms: number) => !(await Promise.all(views.map((name) => reader.waitFor(name, head, ms)))).includes(false);
    if (await within(broughtUp ? 0 : SILENTLY_MS)) return true;
    if (broughtUp) return false;
    say('waiting for another process to update the views; Ctrl-C stops waiting');
    return within(CATCHING_UP_MS);
  };
  return {
    async ask(view, path, query) {
      if (!(await reached(readsOf(view, path))))
        throw unavailable('the views do not reach the head of the log; `letopis rebuild --status` shows their state');
      try {
        const read = readQuery(query, view.parameters, view.rejected);
        return await underPoliciesOf(reader, readsOf(view, path), policies.current, (known) => {
          const context = { reader, log, policies: known, now: isoNow() };
          return view.answer({ identity, path, query: read, context, within: async (rows) => rows, services });
        });
      } catch (error) {
        throw toCliError(error);
      }
    },
    async close() {
      await accessReader.close();
      await references.close();
      await store.close();
      await log.close();
    },
  };
}

/** False where that is another's work: of the process that writes the log, or of projectors that share the customers. */
async function bringUpToDate(configuration: Configuration): Promise<boolean> {
  // Who writes a file has it locked; on a server whoever keeps the views has these locked.
  const readOnly = !configuration.eventLogUrl.startsWith('sqlite:');
  const log = await openLetopisLog(configuration, { readOnly }).catch((error: unknown) => {
    if (error instanceof EventLogWrittenElsewhere) return undefined;
    throw error;
  });
  if (!log) return false;
  try {
    return await catchUpViews(log, configuration, new AbortController().signal);
  } finally {
    await log.close();
  }
}

function toCliError(error: unknown): unknown {
  const { details, ours } = problemOf(error);
  if (ours) return error;
  const notFound = error instanceof Problem && error.code === 'not-found';
  return new CliError(inSentence(details), notFound ? exitCode.partly : exitCode.usage);
}
