import { customerSchema } from '../customer-schema.js';
import { schemaAsSent } from '../published-schema.js';
import { customerKey, digits, type Message, sequence, sha256 } from './message.js';

const headers = {
  type: 'object',
  required: ['content-type', 'letopis_sequence', 'letopis_position', 'letopis_events', 'letopis_hash'],
  properties: {
    'content-type': { const: 'application/json' },
    letopis_sequence: { ...sequence, description: '`ce_sequence` of the last event that the card reflects.' },
    letopis_position: { type: 'string', description: '`ce_position` of that event.' },
    letopis_events: { ...digits, description: "How many of the customer's events have been published up to there." },
    ce_dataref: {
      type: 'string',
      format: 'uri-reference',
      description:
        'Present if the card is larger than its topic allows (`max.message.bytes`): the value is then empty (zero bytes; the null of a tombstone ' +
        'is different), and `GET` on this address of the HTTP API returns it.',
    },
    letopis_hash: { ...sha256, description: 'The rolling hash over these events.' },
  },
};

export const customerMessages = (sending: { readonly personal: boolean }): readonly Message[] => [
  {
    name: 'customer',
    summary: 'The card of a customer, as of the last event.',
    key: customerKey,
    headers,
    payload: schemaAsSent(customerSchema, sending),
  },
  {
    name: 'customer-tombstone',
    summary: 'The customer was erased; delete everything about the customer.',
    key: customerKey,
    headers,
    payload: { type: 'null' },
  },
];
