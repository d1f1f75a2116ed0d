const word = { type: 'string', minLength: 1, maxLength: 256 } as const;
const instant = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' } as const;

/** JSON Schema of everything about a new event but its data. */
export const envelopeSchema = {
  type: 'object',
  required: ['id', 'type', 'schemaVersion', 'occurredAt', 'recordedAt', 'actor', 'correlationId', 'commandId', 'data'],
  additionalProperties: false,
  properties: {
    id: word,
    type: word,
    schemaVersion: { type: 'integer', minimum: 1 },
    occurredAt: instant,
    recordedAt: instant,
    actor: {
      type: 'object',
      required: ['kind', 'id'],
      additionalProperties: false,
      properties: {
        kind: { enum: ['curator', 'supervisor', 'customer', 'service', 'import', 'system'] },
        id: word,
        name: { type: 'string', maxLength: 256 },
      },
    },
    correlationId: word,
    causationId: word,
    commandId: word,
    commandHash: word,
    source: { type: 'object', required: ['system', 'id'], additionalProperties: false, properties: { system: word, id: word } },
    data: {},
  },
} as const;
