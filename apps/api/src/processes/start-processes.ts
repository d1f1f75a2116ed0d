import { type EventLog, type Lag, lagOf, type Position } from '#event-log';
import type { CommandRequest, CommandService, Configuration, Logger } from '#platform';
import { type ProcessHealth, processes } from '#processes';
import { type AskedThread, programOf, startThread, type ThreadState } from '../threads/thread-host.js';
import type { ProcessesWorkerData } from '../threads/thread-messages.js';

interface Parts {
  readonly configuration: Pick<
    Configuration,
    'processes' | 'dataFolder' | 'eventLogUrl' | 'readModelsUrl' | 'subjectKeys' | 'kafka' | 'logLevel'
  >;
  readonly log: Pick<EventLog, 'head' | 'readAll' | 'count'>;
  readonly logger: Logger;
}

/** The lag is absent where the log does not answer, and until the process has read it. */
export interface HostedProcess extends Omit<ProcessHealth, 'state' | 'position'>, Partial<Lag> {
  readonly state: ThreadState;
}

export interface ProcessesHost {
  /** Once, when requests are served: the log is read through. */
  begin(execute: CommandService['execute']): void;
  health(): Promise<readonly HostedProcess[]>;
  stop(): Promise<void>;
}

/** In a thread of their own, which reads the log; their commands are sent from this one as those of requests are. */
export const createProcesses = ({ configuration, log, logger }: Parts): ProcessesHost => {
  const { dataFolder, eventLogUrl, readModelsUrl, subjectKeys, kafka, logLevel } = configuration;
  const names = configuration.processes === 'off' ? [] : processes.map(({ name }) => name);
  const program = programOf('processes.worker');
  const workerData: ProcessesWorkerData = { dataFolder, eventLogUrl, readModelsUrl, subjectKeys, ...(kafka && { kafka }), logLevel };
  let thread: AskedThread | undefined;
  let report: readonly ProcessHealth[] = [];
  const onReport = (health: unknown) => {
    report = health as readonly ProcessHealth[];
  };
  /** Where the thread does not run it says nothing of them. */
  const healthOf = (name: string): HostedProcess & { readonly position?: Position } => {
    const state = thread?.state() ?? 'starting';
    const stalledBy = thread?.stalledBy();
    const { state: own, ...health } = report.find((one) => one.name === name) ?? { name, state, open: 0, stuck: 0 };
    return state === 'running' ? { ...health, state: own } : { ...health, state, ...(stalledBy !== undefined && { stalledBy }) };
  };
  return {
    begin(execute) {
      if (names.length === 0) return;
      const answer = async (request: unknown) => JSON.stringify(await execute(JSON.parse(request as string) as CommandRequest));
      thread = startThread({ name: 'thread of the processes', program, workerData, onReport, answer }, logger);
    },
    async health() {
      const head = await log.head().catch(() => undefined);
      const lag = async (checkpoint: Position | undefined): Promise<Partial<Lag>> =>
        head === undefined || checkpoint === undefined ? {} : lagOf(log, { checkpoint, head }, Date.now()).catch(() => ({}));
      return Promise.all(
        names.map(async (name) => {
          const { position, ...health } = healthOf(name);
          return { ...health, ...(await lag(position)) };
        }),
      );
    },
    stop: async () => thread?.stop(),
  };
};
