import type { ContactMessages } from '#streaming';
import { inboundMessages } from '../streaming/inbound-messages.js';
import { referred, type Schema, shapes } from './body-schemas.js';

const text = (description: string) => ({ type: 'string', description });
const key = text("The customer's id: messages of one key are taken in order.");

const headersOf = (command: string) => ({
  type: 'object',
  description: 'CloudEvents 1.0, Kafka protocol binding, binary mode; structured mode is accepted too.',
  required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'],
  properties: {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: {
      ...text('Identifies the message together with the source: the same pair again appends no second event.'),
      minLength: 1,
      maxLength: 256,
    },
    ce_source: { ...text('The sending system, as a URI reference.'), pattern: '^[!-~]{1,200}$' },
    ce_type: { const: command },
    ce_time: { ...text('When it occurred, unless the payload has `occurredAt`.'), format: 'date-time' },
  },
});

const rejectedHeaders = {
  type: 'object',
  description: 'The headers of the message, and these.',
  required: ['letopis_reason', 'letopis_topic', 'letopis_partition', 'letopis_offset'],
  properties: {
    letopis_reason: text('Problem details (RFC 9457) as JSON: the answer that HTTP would have sent.'),
    letopis_topic: text('Origin of the message: topic,'),
    letopis_partition: text('partition'),
    letopis_offset: text('and offset.'),
    letopis_left_out: text('Present if the message is too large for this topic: key, value and headers are omitted.'),
  },
};

/** What others may send over Kafka, made from the same table as the routes. */
export const contactMessages = (): ContactMessages => {
  const all = shapes();
  const inbound = inboundMessages(all).map(({ type, summary, schema }) => ({
    name: type,
    summary: `${summary}.`,
    key,
    headers: headersOf(type),
    payload: schema,
  }));
  const used = referred(inbound, all);
  return {
    inbound,
    rejected: [
      {
        name: 'rejected-contact',
        summary: 'The unchanged message, with the reason of its rejection.',
        key: text('Unchanged.'),
        headers: rejectedHeaders,
        payload: { description: 'Unchanged.' },
      },
    ],
    schemas: Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name))) as Readonly<Record<string, Schema>>,
  };
};
