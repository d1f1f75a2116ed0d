import { delegating, type EventLog } from '#event-log';
import type { Metrics } from './metrics.js';

/** The same log; how long appends take is measured. */
export const meteredLog = (log: EventLog, metrics: Pick<Metrics, 'appended'>): EventLog =>
  delegating(log, {
    async append(stream, expected, events) {
      const start = performance.now();
      const result = await log.append(stream, expected, events);
      metrics.appended((performance.now() - start) / 1000);
      return result;
    },
  });
