import path from 'node:path';
import { createEventRegistry, openEventLog } from '#event-log';
import { exitWithError, readConfiguration } from '#platform';
import { eventDefinitions } from '#relationship';
import { checkpointFile } from './checkpoint-file.js';
import { ndjsonPublisher } from './ndjson-publisher.js';
import { runRelay } from './relay.js';

/** Writes published events as lines of CloudEvents to standard output, from where it left off, until a signal. */
try {
  const { dataFolder, eventLogUrl } = readConfiguration(process.env);
  const log = await openEventLog(eventLogUrl, { readOnly: true });
  const stopping = new AbortController();
  process.once('SIGTERM', () => stopping.abort());
  process.once('SIGINT', () => stopping.abort());
  await runRelay({
    log,
    registry: createEventRegistry(eventDefinitions),
    publisher: ndjsonPublisher(process.stdout),
    checkpoint: checkpointFile(path.join(dataFolder, 'relay.checkpoint')),
    signal: stopping.signal,
  });
  await log.close();
} catch (error) {
  exitWithError(error);
}
