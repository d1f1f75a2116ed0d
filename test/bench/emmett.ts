import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BenchCall, contact, streamFor } from './contacts.js';

interface Event {
  readonly type: string;
  readonly data: object;
}

/** As much of the packages as is used here; they are no dependency: without a licence in them, and at odds with commander 14. */
interface Packages {
  EventStoreDBClient: { connectionString(url: string): { dispose(): Promise<void> } };
  getEventStoreDBEventStore(client: object): object;
  CommandHandler<State>(options: {
    initialState(): State;
    evolve(state: State, event: Event): State;
  }): (store: object, stream: string, handle: (state: State) => Event) => Promise<unknown>;
}

/**
 * Contacts through the command handler of Emmett, where `LETOPIS_BENCH_EMMETT` is a folder in which `npm install @event-driven-io/emmett-esdb@0.20.0`
 * was run.
 */
export async function openEmmett(
  url: string,
  prefix: string,
): Promise<{ readonly command: BenchCall; close(): Promise<void> } | undefined> {
  const folder = process.env.LETOPIS_BENCH_EMMETT;
  if (!folder) {
    console.error('Emmett is left out: give the folder in which @event-driven-io/emmett-esdb is installed in LETOPIS_BENCH_EMMETT.');
    return undefined;
  }
  const load = (file: string) => import(pathToFileURL(path.resolve(folder, 'node_modules', file)).href);
  // By their files: what `require` finds of Emmett does not compile.
  const { EventStoreDBClient, getEventStoreDBEventStore, CommandHandler }: Packages = {
    ...(await load('@eventstore/db-client/dist/index.js')),
    ...(await load('@event-driven-io/emmett/dist/index.js')),
    ...(await load('@event-driven-io/emmett-esdb/dist/index.js')),
  };
  const client = EventStoreDBClient.connectionString(url);
  const store = getEventStoreDBEventStore(client);
  const handle = CommandHandler<number>({ initialState: () => 0, evolve: (contacts) => contacts + 1 });
  return {
    command: (caller, round) =>
      handle(store, prefix + streamFor(caller, round), (contacts) => ({ type: 'contact-noted', data: contact(String(contacts)) })),
    close: () => client.dispose(),
  };
}
