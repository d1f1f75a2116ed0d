import type { Batch, EventLog } from '#event-log';
import { relationshipStream } from '#relationship/read-side.js';
import type { QueryContext, ViewReader } from '../view-reader.js';
import type { OwnRecord } from './own-record.js';

/** A context in which there is one customer and nothing but what that customer sees: every query answers from it as from any other. */
export const ownContext = (context: QueryContext, customerId: string, record: OwnRecord): QueryContext => ({
  ...context,
  reader: readerOf(context.reader, customerId, record),
  history: async (asked, knownAt) => (asked === customerId ? record.history(knownAt) : []),
  log: {
    readStream: (stream, options) =>
      stream === relationshipStream(customerId) ? shown(context.log.readStream(stream, options), record) : none(),
    readAll: none,
    head: () => context.log.head(),
  },
});

async function* shown(batches: AsyncIterable<Batch>, record: OwnRecord): AsyncGenerator<Batch> {
  for await (const batch of batches) yield record.shown(batch);
}

async function* none(): ReturnType<EventLog['readAll']> & AsyncGenerator<Batch> {}

const readerOf = ({ checkpoint, contents, policies, waitFor }: ViewReader, customerId: string, record: OwnRecord): ViewReader => ({
  document: async <Document>(view: string, asked: string) => (asked === customerId ? record.document<Document>(view) : undefined),
  entries: async (view, query) => (query.customerId === customerId ? record.entries(view, query) : []),
  documents: async () => ({ documents: [] }),
  count: async () => 0,
  rows: async () => ({ documents: [] }),
  totals: async () => [],
  contributors: async () => ({ customers: [] }),
  added: async () => [],
  parked: async () => undefined,
  checkpoint,
  contents,
  policies,
  waitFor,
  // Nothing of others, so nothing that is kept for others either.
  kept: (_, make) => make(),
});
