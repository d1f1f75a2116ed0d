import type { EventDefinition } from '#event-log';
import { relationshipPrefix } from '#relationship/streams.js';
import { EVENT_SOURCE } from '../cloud-event.js';
import { publishedSchema } from '../published-schema.js';
import { digits, type Message, sequence, sha256 } from './message.js';

const text = (description: string) => ({ type: 'string', description });
const instant = (description: string) => ({ type: 'string', format: 'date-time', description });

/** What all events of the events topic have in their headers, as text in UTF-8. */
export const cloudEventHeaders = {
  type: 'object',
  description: 'CloudEvents 1.0, Kafka protocol binding, binary mode.',
  required: [
    'content-type',
    'ce_specversion',
    'ce_id',
    'ce_source',
    'ce_type',
    'ce_subject',
    'ce_time',
    'ce_recordedtime',
    'ce_schemaversion',
    'ce_sequence',
    'ce_position',
    'ce_contenthash',
  ],
  properties: {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: text('Unique in the chronicle.'),
    ce_source: { const: EVENT_SOURCE },
    ce_type: text('Name of the event.'),
    ce_subject: text(`The stream: \`${relationshipPrefix}<customer id>\` for events of a customer.`),
    ce_time: instant('When it was true.'),
    ce_recordedtime: instant('When it was learned.'),
    ce_schemaversion: { ...digits, description: 'Version of the shape of the data.' },
    ce_sequence: {
      ...sequence,
      description:
        'Twenty digits, so that it sorts as a string (the CloudEvents extension "sequence"); records of before have no zeros in front: compare numbers where you read those too. Rises from event to event of a stream, from 0: what is at or below the last one seen is a repetition. Numbers may be skipped, as not every event is published: a skipped number is not a lost event; the reconcile operation tells whether one was lost.',
    },
    ce_dataref: {
      type: 'string',
      format: 'uri-reference',
      description:
        'Only where the record would have been larger than its topic takes (`max.message.bytes`): it has no value then, and `GET` on this ' +
        'address of the HTTP API answers it.',
    },
    ce_position: text('Place in the order of all events; sorts as a string.'),
    ce_contenthash: {
      ...sha256,
      description: 'SHA-256 of the event as it stands in the log, personal fields included: one link of the rolling hash.',
    },
  },
};

/** What was published before keeps the version that it had. */
const versionsUpTo = (version: number) =>
  version === 1
    ? { const: '1' }
    : {
        type: 'string',
        enum: Array.from({ length: version }, (_, at) => String(at + 1)),
        description: `The payload below is of version ${version}; records that were published under an earlier one keep its shape.`,
      };

/** One message an event that goes to Kafka, with its data as the relay sends it. */
export const eventMessages = (definitions: readonly EventDefinition[], sending: { readonly personal: boolean }): readonly Message[] =>
  definitions.flatMap((definition) => {
    const { published, version, description, personal } = definition;
    if (published === null) return [];
    return {
      name: published,
      summary: description,
      key: { type: 'string', description: "The customer's id; the stream, for events of no customer." },
      headers: {
        type: 'object',
        allOf: [
          { $ref: '#/components/schemas/CloudEventHeaders' },
          { type: 'object', properties: { ce_type: { const: published }, ce_schemaversion: versionsUpTo(version) } },
        ],
      },
      payload: publishedSchema(definition, sending),
      extensions: { 'x-schema-version': version, ...(personal.length > 0 && { 'x-personal-fields': personal }) },
    };
  });
