import type { ContactMessages } from '#streaming';
import { inboundMessages } from '../streaming/inbound-messages.js';
import { referred, type Schema, shapes } from './body-schemas.js';

const text = (description: string) => ({ type: 'string', description });
const key = text("The customer's id: messages of one key are taken in order.");

const headersOf = (command: string) => ({
  type: 'object',
  description: 'CloudEvents 1.0, Kafka protocol binding, binary mode; structured mode is taken too.',
  required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'],
  properties: {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: { ...text('With the source it names the message: the same pair again gives no second event.'), minLength: 1, maxLength: 256 },
    ce_source: { ...text('The system that sends it, as a URI reference.'), pattern: '^[!-~]{1,200}$' },
    ce_type: { const: command },
    ce_time: { ...text('When it occurred, unless the payload says so.'), format: 'date-time' },
  },
});

const rejectedHeaders = {
  type: 'object',
  description: 'Those of the message, and these.',
  required: ['letopis_reason', 'letopis_topic', 'letopis_partition', 'letopis_offset'],
  properties: {
    letopis_reason: text('Problem details (RFC 9457) as JSON: what HTTP would have answered.'),
    letopis_topic: text('Where the message stands: topic,'),
    letopis_partition: text('partition'),
    letopis_offset: text('and offset.'),
    letopis_left_out: text('Where the message is too large for this topic: that nothing else of it is here.'),
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
        summary: 'The message as it came, with the reason why it was not accepted.',
        key: text('As it came.'),
        headers: rejectedHeaders,
        payload: { description: 'As it came.' },
      },
    ],
    schemas: Object.fromEntries(Object.entries(all).filter(([name]) => used.has(name))) as Readonly<Record<string, Schema>>,
  };
};
