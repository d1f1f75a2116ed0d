import type { EventLog } from '#event-log';
import { type CommandService, type Configuration, type Logger, type Metrics, runLetopisProcess } from '#platform';
import { type ProcessCounts, type ProcessHost, processes, systemClock } from '#processes';
import type { PolicyHistory } from '#relationship';
import { ExecuteCommand, ExecuteCommandHandler } from '../commands/execute-command.js';
import { startHere, type ThreadHost, type ThreadState } from '../threads/thread-host.js';

interface Parts {
  readonly configuration: Pick<Configuration, 'processes'>;
  readonly log: EventLog;
  readonly commands: CommandService;
  readonly metrics: Metrics;
  readonly policies: () => PolicyHistory;
  readonly logger: Logger;
}

export interface ProcessHealth extends Pick<ProcessCounts, 'open' | 'stuck'> {
  readonly name: string;
  readonly state: ThreadState;
  /** Name of the error that it waits behind. */
  readonly stalledBy?: string;
}

export interface ProcessesHost {
  /** Once; the log is read through, which is left until requests are served. */
  begin(): void;
  health(): readonly ProcessHealth[];
  stop(): Promise<void>;
}

/** Looking after every commit would cost each of them a query. */
const PAUSE_MS = 100;

export const createProcesses = ({ configuration, log, commands, metrics, policies, logger }: Parts): ProcessesHost => {
  const enabled = configuration.processes === 'off' ? [] : processes;
  const handler = new ExecuteCommandHandler(commands, metrics);
  const running = new Map<string, { readonly thread: ThreadHost; readonly host: ProcessHost }>();
  const start = (process: (typeof processes)[number]): void => {
    let host!: ProcessHost;
    const run = (signal: AbortSignal, onState: (state: 'running' | 'restarting', reason?: string) => void) => {
      const execute: CommandService['execute'] = (request) => handler.execute(new ExecuteCommand(request));
      host = runLetopisProcess({
        process,
        log,
        commands: { execute },
        policies,
        clock: systemClock,
        signal,
        logger,
        onState,
        pauseMs: PAUSE_MS,
      });
      return host.ended;
    };
    running.set(process.name, { thread: startHere(`process ${process.name}`, run, logger), host });
  };
  return {
    begin: () => enabled.forEach(start),
    health: () =>
      enabled.map(({ name }) => {
        const { thread, host } = running.get(name) ?? {};
        const { open = 0, stuck = 0 } = host?.counts() ?? {};
        const stalledBy = thread?.stalledBy();
        return { name, state: thread?.state() ?? 'starting', ...(stalledBy !== undefined && { stalledBy }), open, stuck };
      }),
    async stop() {
      await Promise.all([...running.values()].map(({ thread }) => thread.stop()));
    },
  };
};
