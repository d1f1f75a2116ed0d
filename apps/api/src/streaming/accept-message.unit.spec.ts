import { describe, expect, it } from '@jest/globals';
import { AppendUnknown, EventLogUnavailable } from '#event-log';
import { createLogger } from '#platform';
import { failures } from '../threads/sent-error.js';
import { createMessageAcceptor } from './accept-message.js';

const headers = { ce_specversion: '1.0', ce_id: '7', ce_source: '/spec', ce_type: 'record-contact' };
const value = Buffer.from(JSON.stringify({ customerId: 'c-1', channel: 'phone' }));

/** What a message comes to where the thread of the commands fails so. */
const outcomeOf = async (error: Error) => {
  const execute = () => Promise.reject(failures.received(failures.sent(error)));
  const accept = createMessageAcceptor({ execute, logger: createLogger('silent'), bodyLimit: 1_000_000 });
  return (await accept({ key: null, offset: '0', headers, value })).kind;
};

describe('a message over Kafka', () => {
  it('is tried again, not rejected, when the log has a passing fault, and when it is not known whether it was appended', async () => {
    expect(await outcomeOf(new EventLogUnavailable('cannot be read: disk I/O error'))).toBe('unavailable');
    expect(await outcomeOf(new AppendUnknown('disk I/O error'))).toBe('unavailable');
  });

  it('is rejected for holding too much before anything looks into it', async () => {
    const execute = () => Promise.reject(new Error('was asked'));
    const accept = createMessageAcceptor({ execute, logger: createLogger('silent'), bodyLimit: 1_000_000 });
    const labels = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`m${i}`, 'x']));
    const big = Buffer.from(JSON.stringify({ customerId: 'c-1', channel: 'phone', labels }));
    expect(await accept({ key: null, offset: '0', headers, value: big })).toEqual({
      kind: 'rejected',
      reason: expect.objectContaining({ errors: [{ pointer: '/labels', detail: 'has 60000 members; at most 5000 are allowed' }] }),
    });
  });

  it('is rejected when it failed by a mistake of ours, which trying again would not mend', async () => {
    expect(await outcomeOf(new TypeError('a bug'))).toBe('rejected');
  });
});
