import { describe, expect, it } from '@jest/globals';
import { rejectRecordOf, sizeOf, withoutValue } from './reject-record.js';

const reason = { type: '/problems/customer-unknown', title: 'Unknown customer', status: 404 };
const message = { key: Buffer.from('c-1'), value: Buffer.from([0xff, 0x00]), offset: '41', headers: { ce_id: Buffer.from('7') } };
const place = { topic: 'contacts', partition: 3 };

describe('a rejected message', () => {
  it('is sent on as it came, with the reason and the place where it stood', () => {
    expect(rejectRecordOf({ message, reason, ...place })).toEqual({
      key: message.key,
      value: message.value,
      headers: {
        ce_id: Buffer.from('7'),
        letopis_reason: JSON.stringify(reason),
        letopis_topic: 'contacts',
        letopis_partition: '3',
        letopis_offset: '41',
      },
    });
  });

  it('carries the last reason alone when it is sent again with what the former reject said', () => {
    const headers = { ...message.headers, letopis_reason: 'old', letopis_left_out: 'old' };
    expect(rejectRecordOf({ message: { ...message, headers }, reason, ...place })).toEqual(rejectRecordOf({ message, reason, ...place }));
  });

  it('keeps headers that are given twice, and makes empty those without a value, which the client cannot send', () => {
    const headers = { twice: [Buffer.from('1'), Buffer.from('2')], none: null as never };
    expect(rejectRecordOf({ message: { ...message, headers }, reason, ...place }).headers).toMatchObject({ ...headers, none: '' });
  });

  it('does not list thousands of faults', () => {
    const errors = Array.from({ length: 5_000 }, (_, index) => ({ pointer: `/member-${index}`, detail: 'unknown property' }));
    const { headers } = rejectRecordOf({ message, reason: { ...reason, errors }, ...place });
    expect(JSON.parse(String(headers.letopis_reason))).toEqual({
      ...reason,
      detail: '5000 errors are too many to list; see the schema.',
    });
  });

  it('leaves out what the topic does not take, and says so', () => {
    const record = rejectRecordOf({ message: { ...message, value: Buffer.alloc(5_000) }, reason, ...place });
    const { key, value, headers } = withoutValue(record);
    expect([key, value]).toEqual([null, null]);
    expect(headers).toMatchObject({ letopis_reason: JSON.stringify(reason), letopis_offset: '41' });
    expect(headers.letopis_left_out).toContain(`${sizeOf(record)} bytes`);
    expect(headers).not.toHaveProperty('ce_id');
  });
});
