import {
  type Access,
  AccessLogUnavailable,
  type AccessRecorder,
  type BatchHead,
  type CommandService,
  type Configuration,
  createAccessRecorder,
  type Logger,
  type Metrics,
} from '#platform';
import { accessLog } from '#relationship';
import { CannotStart, programOf, startThread } from '../threads/thread-host.js';
import type { AccessLogWorkerData } from '../threads/thread-messages.js';

export interface AccessLogHost extends Pick<AccessRecorder, 'record'> {
  /** Whether what is read can be stored. */
  state(): 'up' | 'down';
  /** From now on the hash of the last batch goes to the event log every minute, unless it is there already. */
  begin(execute: CommandService['execute']): void;
  stop(): Promise<void>;
}

interface Parts {
  readonly configuration: Pick<Configuration, 'accessLogUrl' | 'accessLogAnchorSeconds'>;
  readonly metrics: Pick<Metrics, 'accessesLost' | 'customersShown'>;
  readonly logger: Logger;
}

/**
 * Stores batches in a thread of its own, as each waits for the disk.
 * @throws AccessLogUnavailable
 */
export const startAccessLog = async ({ configuration, metrics, logger }: Parts): Promise<AccessLogHost> => {
  const { accessLogUrl, accessLogAnchorSeconds } = configuration;
  const workerData: AccessLogWorkerData = { accessLogUrl };
  const thread = startThread({ name: 'thread of the access log', program: programOf('access-log.worker'), workerData }, logger);
  await thread.started.catch(async (error) => {
    await thread.stop();
    throw error instanceof CannotStart ? new AccessLogUnavailable(error.message) : error;
  });
  const recorder = createAccessRecorder({
    send: (batch) => thread.ask(batch) as Promise<BatchHead>,
    onFailure: (error) => logger.error({ err: error }, 'the access log cannot be written; reads wait in memory to be recorded'),
    onLost: metrics.accessesLost,
  });

  let anchored = 0;
  let anchoring: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const anchor = async (execute: CommandService['execute']): Promise<void> => {
    const { number, hash } = recorder.head() ?? { number: 0, hash: '' };
    if (number <= anchored) return;
    const actor = { kind: 'system', id: 'access-log' } as const;
    await execute({ name: 'anchor-access-log', targetId: 'main', body: { batch: number, hash }, actor, keyScope: accessLog.category });
    anchored = number;
  };

  return {
    record(access: Access, durable) {
      metrics.customersShown(access.customerIds.length);
      return recorder.record(access, durable);
    },
    state: () => (recorder.state() === 'up' && thread.state() === 'running' ? 'up' : 'down'),
    begin(execute) {
      timer = setInterval(() => {
        anchoring = anchor(execute).catch((error) => logger.error({ err: error }, 'the hash of the access log cannot be recorded'));
      }, accessLogAnchorSeconds * 1_000).unref();
    },
    async stop() {
      clearInterval(timer);
      await anchoring;
      await recorder.close();
      await thread.stop();
    },
  };
};
