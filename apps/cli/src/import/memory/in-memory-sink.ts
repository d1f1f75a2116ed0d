import { type DomainEvent, type EventLog, openEventLog } from '#event-log';
import { createFingerprints, plainIds, readConfiguration } from '#platform';
import { openMemorySubjectKeys } from '#privacy';
import { type Chronicle, chronicleOn, eventRegistry } from '../../chronicle/open-chronicle.js';
import type { CommandSink } from '../../sink/command-sink.js';
import { inProcessSink } from '../../sink/in-process-sink.js';

/** For tests: the real commands on a chronicle in memory. */
export interface InMemorySink extends CommandSink {
  readonly chronicle: Chronicle;
  /** Every event. */
  events(): Promise<readonly DomainEvent[]>;
  /** Those that no import wrote to remember something. */
  domainEvents(): Promise<readonly DomainEvent[]>;
}

export async function inMemorySink(given?: EventLog, keys = openMemorySubjectKeys()): Promise<InMemorySink> {
  const log = given ?? (await openEventLog('memory:', { registry: eventRegistry() }));
  const fingerprints = createFingerprints(async () => ({ id: '00000001', bytes: Buffer.alloc(32, 7) }));
  const chronicle = await chronicleOn(log, { configuration: readConfiguration({}), fingerprints, derivedIds: async () => plainIds, keys });
  async function events() {
    const all: DomainEvent[] = [];
    for await (const batch of log.readAll()) all.push(...batch);
    return all;
  }
  return {
    ...(await inProcessSink(chronicle, chronicle.close)),
    chronicle,
    events,
    domainEvents: async () => (await events()).filter(({ stream }) => !stream.startsWith('import-')),
  };
}
