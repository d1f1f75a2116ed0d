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
        'Twenty digits, so that it sorts as a string (the CloudEvents extension "sequence"); older records have no leading zeros: compare numbers if you read those too. Increases from event to event of a stream, from 0: a value at or below the last one received is a repetition. Numbers may be skipped, as not every event is published: a skipped number is not a lost event; use the reconcile operation to detect lost events.',
    },
    ce_dataref: {
      type: 'string',
      format: 'uri-reference',
      description:
        'Present if the record would be larger than its topic allows (`max.message.bytes`): it then has no value, and `GET` on this ' +
        'address of the HTTP API returns it.',
    },
    ce_position: text('Position in the order of all events; sorts as a string.'),
    ce_contenthash: {
      ...sha256,
      description: 'SHA-256 of the event as stored in the log, including personal fields: one link of the rolling hash.',
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
        description: `The payload below is of version ${version}; records published under an earlier version keep its shape.`,
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
