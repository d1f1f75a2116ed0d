import { describe, expect, it } from '@jest/globals';
import { InvalidMessage } from '../errors.js';
import { type InboundMessage, readInboundEvent } from './inbound-event.js';

const parse = (bytes: Buffer): unknown => (bytes.length === 0 ? undefined : JSON.parse(bytes.toString()));
const attributes = { specversion: '1.0', id: '7', source: '/telephony/eu-1', type: 'record-contact', time: '2026-11-22T21:14:47Z' };
const data = { customerId: 'c-1', channel: 'phone' };
const event = { id: '7', source: '/telephony/eu-1', type: 'record-contact', time: '2026-11-22T21:14:47Z', data };

type Headers = Readonly<Record<string, string | undefined>>;
const message = (headers: InboundMessage['headers'], value: string | null): InboundMessage => ({
  key: null,
  offset: '0',
  value: value === null ? null : Buffer.from(value),
  ...(headers && { headers }),
});
const bytes = (headers: Headers) =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, text]) => (text === undefined ? [] : [[name, Buffer.from(text)]])));
const binary = (over: Headers = {}, value: string | null = JSON.stringify(data)) => {
  const own = Object.fromEntries(Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text]));
  return message(bytes({ 'content-type': 'application/json', ...own, ...over }), value);
};
const structured = (over: object = {}, contentType = 'application/cloudevents+json') =>
  message(bytes({ 'content-type': contentType }), JSON.stringify({ ...attributes, data, ...over }));

const read = (given: InboundMessage) => readInboundEvent(given, parse);
const faults = (given: InboundMessage): readonly string[] => {
  try {
    read(given);
  } catch (error) {
    if (error instanceof InvalidMessage) return error.errors.map(({ pointer, detail }) => `${pointer}: ${detail}`);
    throw error;
  }
  return [];
};

describe('a message over Kafka', () => {
  it.each([
    ['in binary mode', binary()],
    ['in binary mode, with a character set', binary({ 'content-type': 'application/json; charset=utf-8' })],
    ['in binary mode, of a type that is JSON beneath', binary({ 'content-type': 'application/vnd.telephony+json' })],
    ['in binary mode, without a content type', binary({ 'content-type': undefined })],
    ['with attributes that we do not know', binary({ ce_subject: 'call', ce_traceparent: '00-1-2-00' })],
    ['in structured mode', structured()],
    ['in structured mode, with a character set', structured({}, 'Application/CloudEvents+JSON; charset=UTF-8')],
    ['in structured mode, that says what its data is', structured({ datacontenttype: 'application/json; charset=utf-8', subject: 'call' })],
  ])('is a CloudEvent %s', (_, given) => expect(read(given)).toEqual(event));

  it('may leave out when it happened', () => {
    const { time: _, ...timeless } = event;
    expect(read(binary({ ce_time: undefined }))).toEqual(timeless);
    expect(read(structured({ time: null }))).toEqual(timeless);
  });

  it('may have no value: then there is no data', () => expect(read(binary({}, null)).data).toBeUndefined());

  it('is told everything that is wrong with its attributes at once', () => {
    expect(faults(message(undefined, '{}'))).toEqual([
      'ce_specversion: is missing: it must be 1.0',
      'ce_id: is missing: it must be a string of 1 to 256 characters without control characters',
      'ce_source: is missing: it must be a URI reference of 1 to 200 visible ASCII characters',
      'ce_type: is missing: it must be the name of a command, such as record-contact',
    ]);
    const wrong = binary({
      'content-type': 'text/csv',
      ce_specversion: '0.3',
      ce_id: '',
      ce_source: 'a b',
      ce_type: '',
      ce_time: '2026-02-30',
    });
    expect(faults(wrong).map((fault) => fault.split(':')[0])).toEqual([
      'content-type',
      'ce_specversion',
      'ce_id',
      'ce_source',
      'ce_type',
      'ce_time',
    ]);
    expect(faults(structured({ id: 7, source: undefined, data_base64: 'AA==', datacontenttype: 'image/png' }))).toEqual([
      '/data_base64: is for binary data; send JSON in data',
      '/datacontenttype: must be application/json',
      '/id: must be a string of 1 to 256 characters without control characters',
      '/source: is missing: it must be a URI reference of 1 to 200 visible ASCII characters',
    ]);
    expect(faults(message(bytes({ 'content-type': 'application/cloudevents+json' }), '[]'))).toEqual([
      ': must be an object: one CloudEvent in JSON',
    ]);
  });

  it('is refused with a header that is given twice, is empty or is no UTF-8', () => {
    const { headers, ...rest } = binary();
    const withId = (ce_id: unknown) => ({ ...rest, headers: { ...headers, ce_id } as NonNullable<InboundMessage['headers']> });
    for (const id of [[Buffer.from('1'), Buffer.from('2')], Buffer.from([0xff]), null])
      expect(faults(withId(id))).toEqual(['ce_id: must be a string of 1 to 256 characters without control characters']);
  });

  it.each([
    ['é'.repeat(256), 0],
    ['é'.repeat(257), 1],
    ['line\nbreak', 1],
  ])('bounds its id to what the log takes (%#)', (ce_id, count) => expect(faults(binary({ ce_id }))).toHaveLength(count));
});
