import { EventLogUnavailable } from './event-log.js';

/** The process that writes a log. */
export interface LogWriter {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
}

/** Of an engine that one process writes, where it is another one. */
export class EventLogWrittenElsewhere extends EventLogUnavailable {
  /** A sentence without what to do. */
  readonly reason: string;
  /** `writer` is undefined where it could not be read who it is. */
  constructor(
    file: string,
    readonly writer: LogWriter | undefined,
    options?: ErrorOptions,
  ) {
    const reason = `${file} is being written by ${writer ? `process ${writer.pid} on ${writer.host} since ${writer.since}` : 'another process'}`;
    super(`${reason}; stop that process, or open the log read-only`, options);
    this.reason = reason;
  }
}
