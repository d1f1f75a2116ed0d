import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DomainEvent, type EventLog, openEventLog } from '#event-log';
// One by one, as a program that is started many times loads them.
import type { CommandRequest } from '#platform/commands/command-request.js';
import { type CommandService, createCommandService } from '#platform/commands/command-service.js';
import { plainIds } from '#platform/commands/derived-ids.js';
import { createFingerprints } from '#platform/commands/fingerprints.js';
import { createIds } from '#platform/commands/new-id.js';
import { eventCatalogue } from '#platform/events/current-events.js';
import { type LetopisProcessOptions, runLetopisProcess } from '#platform/processes/letopis-process.js';
import { openReferences } from '#platform/reference-data/references.js';
import type { Clock, OpenItems, Process, ProcessHost } from '#processes';

/** What time it is says the test. */
export class TestClock implements Clock {
  private readonly waiting = new Set<{ readonly instant: string; readonly resolve: () => void }>();
  constructor(private instant: string) {}

  readonly now = (): string => this.instant;

  until(instant: string | undefined, signal: AbortSignal): Promise<void> {
    if (instant !== undefined && instant <= this.instant) return Promise.resolve();
    return new Promise((resolve) => {
      const one = { instant: instant ?? '9', resolve };
      this.waiting.add(one);
      signal.addEventListener('abort', () => {
        this.waiting.delete(one);
        resolve();
      });
    });
  }

  advance(instant: string): void {
    this.instant = instant;
    for (const one of this.waiting) if (one.instant <= instant && this.waiting.delete(one)) one.resolve();
  }
}

export interface RunningProcess extends ProcessHost {
  readonly states: readonly string[];
  /** Resolves when it has read all of the log and has nothing to do, or is stopped. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

/** A log with the one way in and a clock of the test's, on which processes run as in the API. */
export class ProcessRig {
  readonly clock: TestClock;
  readonly problems: object[] = [];
  /** What the next commands of processes fail with. */
  readonly faults: Error[] = [];

  private constructor(
    readonly log: EventLog,
    readonly service: CommandService,
    readonly references: Awaited<ReturnType<typeof openReferences>>,
    clock: TestClock,
  ) {
    this.clock = clock;
  }

  static async open(now: string, log?: EventLog): Promise<ProcessRig> {
    const opened = log ?? (await openEventLog('memory:', { registry: eventCatalogue }));
    const clock = new TestClock(now);
    const references = await openReferences(opened, (error) => {
      throw error;
    });
    const fingerprints = createFingerprints(async () => ({ id: '1f0c2a9b', bytes: Buffer.alloc(32, 7) }));
    const service = createCommandService({
      log: opened,
      references,
      fingerprints,
      derivedIds: async () => plainIds,
      clock: clock.now,
      newId: createIds(),
    });
    return new ProcessRig(opened, service, references, clock);
  }

  tell(name: string, targetId: string | undefined, body: object, more: Partial<CommandRequest> = {}) {
    return this.service.execute({ name, targetId, body, keyScope: 'test', actor: { kind: 'service', id: 'test' }, ...more });
  }

  run<State = OpenItems>(process: Process<State>, steps?: LetopisProcessOptions<State>['steps']): RunningProcess {
    const stopping = new AbortController();
    const states: string[] = [];
    const { clock } = this;
    let waiting = 0;
    const host: ProcessHost = runLetopisProcess({
      process,
      log: this.log,
      commands: {
        execute: (request) => {
          const fault = this.faults.shift();
          return fault ? Promise.reject(fault) : this.service.execute(request);
        },
      },
      steps,
      policies: this.references.policies.current,
      clock: {
        now: clock.now,
        async until(instant, signal) {
          waiting++;
          await clock.until(instant, signal);
          waiting--;
        },
      },
      signal: stopping.signal,
      logger: { error: (fields) => void this.problems.push(fields), warn: (fields) => void this.problems.push(fields) },
      onChange() {
        const { state, stalledBy } = host.health();
        const logged = stalledBy === undefined ? state : `${state} ${stalledBy}`;
        if (logged !== states.at(-1)) states.push(logged);
      },
    });
    return {
      ...host,
      states,
      quiet: async () => {
        const isQuiet = async () => {
          const head = await this.log.head();
          const { state, position } = host.health();
          return waiting > 0 && state === 'running' && position === head;
        };
        do for (let turn = 0; turn < 5; turn++) await nextTurn();
        while (!stopping.signal.aborted && !(await isQuiet()));
      },
      stop: async () => {
        stopping.abort();
        await host.ended;
      },
    };
  }

  async events(prefix = ''): Promise<readonly DomainEvent[]> {
    const events: DomainEvent[] = [];
    for await (const batch of this.log.readAll({ streamPrefix: prefix })) events.push(...batch);
    return events;
  }

  async close(): Promise<void> {
    await this.references.close();
    await this.log.close();
  }
}
