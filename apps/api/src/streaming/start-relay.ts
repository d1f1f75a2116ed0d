import type { Configuration, Logger, Metrics } from '#platform';
import { noThread, programOf, startThread, type ThreadHost } from '../threads/thread-host.js';
import type { RelayTold, RelayWorkerData } from '../threads/thread-messages.js';

interface Parts {
  readonly configuration: Configuration;
  readonly metrics: Pick<Metrics, 'publishedWithoutValue'>;
  readonly logger: Logger;
}

/** What is published goes from a thread of its own. */
export const startRelay = ({ configuration, metrics, logger }: Parts): ThreadHost => {
  const { eventLogUrl, logLevel, kafka } = configuration;
  if (!kafka || kafka.relay === 'off') return noThread;
  const workerData: RelayWorkerData = { eventLogUrl, logLevel, kafka };
  const onTold = (told: unknown) => metrics.publishedWithoutValue((told as RelayTold).withoutValue);
  return startThread({ name: 'relay', program: programOf('relay.worker'), workerData, onTold }, logger);
};
