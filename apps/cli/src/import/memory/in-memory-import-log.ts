import { openEventLog } from '#event-log';
import { type CommandService, createFingerprints, readConfiguration } from '#platform';
import { chronicleOn, eventRegistry } from '../../chronicle/open-chronicle.js';
import type { ImportLog } from '../../sink/import-log.js';
import { inProcessImportLog } from '../../sink/in-process-import-log.js';

/** For tests: the real commands on a chronicle in memory. */
export async function inMemoryImportLog(): Promise<{ readonly imports: ImportLog; readonly service: CommandService }> {
  const log = await openEventLog('memory:', { registry: eventRegistry() });
  const fingerprints = createFingerprints(async () => ({ id: '00000001', bytes: Buffer.alloc(32, 7) }));
  const { service } = await chronicleOn(log, { configuration: readConfiguration({}), fingerprints });
  return { imports: inProcessImportLog(service, log), service };
}
