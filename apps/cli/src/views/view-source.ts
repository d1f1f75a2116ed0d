import { createLogger, Problem, problemOf, readConfiguration } from '#platform';
import { openServices } from '../../../api/src/api-services.js';
import { readQuery } from '../../../api/src/edge/query.js';
import { viewCatalogue } from '../../../api/src/views/catalogue.js';
import type { ViewDefinition } from '../../../api/src/views/view-definition.js';
import { mustExist } from '../chronicle/open-for-reading.js';
import { type ServerOptions, serverOf } from '../server/server-options.js';
import { inSentence } from '../sink/problem-sentence.js';
import { CliError, unavailable } from '../terminal/cli-error.js';
import { exitCode } from '../terminal/exit-code.js';

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
  if (!found) throw new CliError(`there is no view ${JSON.stringify(name)}`);
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

/** Opens the data folder as the API does, but for Kafka, and waits until the views have seen everything that the log holds. */
async function openLocalSource(): Promise<ViewSource> {
  const { kafka: _, ...configuration } = readConfiguration(process.env);
  mustExist(configuration);
  const services = await openServices({ ...configuration, logLevel: 'silent' }, createLogger('silent'));
  const identity = { keyId: 'cli', role: 'admin', actorId: 'cli' } as const;
  return {
    async ask(view, path, query) {
      const head = await services.log.head();
      const there = await Promise.all(view.reads.map((name) => services.reader.waitFor(name, head, CATCHING_UP_MS)));
      if (there.includes(false))
        throw unavailable('the views do not reach the head of the log; `letopis rebuild --status` says how far they are');
      const { reader, log, policies, clock } = services;
      const context = { reader, log, policies: policies.current(), now: clock() };
      try {
        return await view.answer({ identity, path, query: readQuery(query, view.parameters), context, services });
      } catch (error) {
        throw toCliError(error);
      }
    },
    close: () => services.close(),
  };
}

function toCliError(error: unknown): unknown {
  const { details, ours } = problemOf(error);
  if (ours) return error;
  const notFound = error instanceof Problem && error.code === 'not-found';
  return new CliError(inSentence(details), notFound ? exitCode.partly : exitCode.usage);
}
