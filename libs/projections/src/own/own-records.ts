import type { Audience, EventLog } from '#event-log';
import { OwnRecord } from './own-record.js';

export interface OwnRecords {
  /** The record as of now, not behind the log. */
  of(customerId: string): Promise<OwnRecord>;
  /** Drops what is in memory of the customer. */
  forget(customerId: string): void;
}

/** Events of all customers together whose records are kept folded, so that whoever asks again reads only what is new; one is always kept. */
const MOST_EVENTS = 200_000;
const MOST_RECORDS = 1_000;

export const createOwnRecords = (
  log: Pick<EventLog, 'readStream'>,
  audience: Audience,
  { mostEvents = MOST_EVENTS, mostRecords = MOST_RECORDS } = {},
): OwnRecords => {
  /** The one asked for longest ago is first. */
  const records = new Map<string, OwnRecord>();

  const forgetOldest = () => {
    let events = 0;
    for (const { revision } of records.values()) events += revision + 1;
    for (const [customerId, { revision }] of records) {
      if (records.size === 1 || (events <= mostEvents && records.size <= mostRecords)) return;
      records.delete(customerId);
      events -= revision + 1;
    }
  };

  return {
    async of(customerId) {
      const record = records.get(customerId) ?? new OwnRecord(log, audience, customerId);
      records.delete(customerId);
      records.set(customerId, record);
      await record.refresh();
      forgetOldest();
      return record;
    },
    forget: (customerId) => void records.delete(customerId),
  };
};
