import type { EventLog } from '#event-log';
import { openAccessLog } from '#platform/access-log/open-access-log.js';
import { type AccessLogVerified, verifyAccessLog } from '#platform/access-log/verify-access-log.js';
import { readConfiguration } from '#platform/configuration/configuration.js';
import { isThere } from './open-for-reading.js';

/** As none is there: what the event log knows of it is missing then. */
const nothing = {
  async *batches() {},
  isIndexed: async () => false,
};

/** The access log against the event log; undefined where neither has anything of it. @throws AccessLogUnavailable */
export const verifiedAccessLog = async (log: EventLog, signal: AbortSignal): Promise<AccessLogVerified | undefined> => {
  const { accessLogUrl } = readConfiguration(process.env);
  const store = isThere(accessLogUrl) ? openAccessLog(accessLogUrl, { readOnly: true }) : undefined;
  try {
    const verified = await verifyAccessLog(store ?? nothing, log, signal);
    return verified.batches + verified.faults.length === 0 ? undefined : verified;
  } finally {
    await store?.close();
  }
};
