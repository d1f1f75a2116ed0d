import { ORIGIN, type Position } from '#event-log';
import type { Configuration, Logger, Metrics } from '#platform';
import { noThread, programOf, startThread, type ThreadHost } from '../threads/thread-host.js';
import type { RelayReport, RelayWorkerData } from '../threads/thread-messages.js';

interface Parts {
  readonly configuration: Configuration;
  readonly metrics: Pick<Metrics, 'published'>;
  readonly logger: Logger;
}

export interface RelayHost extends ThreadHost {
  /** Up to where all is published; undefined where no relay of this process has reported. */
  position(): Position | undefined;
}

/** What is published goes from a thread of its own. */
export const startRelay = ({ configuration, metrics, logger }: Parts): RelayHost => {
  const { eventLogUrl, subjectKeys, logLevel, kafka } = configuration;
  if (!kafka || kafka.relay === 'off') return { ...noThread, position: () => undefined };
  const workerData: RelayWorkerData = { eventLogUrl, subjectKeys, logLevel, kafka };
  let position: Position | undefined;
  const onReport = (report: unknown) => {
    const sent = report as RelayReport;
    position = sent === 'stands by' ? undefined : (sent.position ?? ORIGIN);
    if (sent !== 'stands by') metrics.published(sent);
  };
  const { state, stalledBy, stop } = startThread({ name: 'relay', program: programOf('relay.worker'), workerData, onReport }, logger);
  return { state, stalledBy, stop, position: () => position };
};
