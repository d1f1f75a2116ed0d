/** What the API answers with. */
export const answerSchemas = (codes: readonly string[]) => ({
  CommandAnswer: {
    type: 'object',
    required: ['position', 'revision', 'ids', 'events', 'replayed'],
    properties: {
      position: { type: 'string', description: 'Of the last event; send it as Min-Position.' },
      revision: { type: 'integer', description: 'Of the record; the ETag.' },
      ids: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'What the command was about, ids made for it included.',
      },
      events: { type: 'array', items: { type: 'string' }, description: 'Ids of the events.' },
      replayed: { type: 'boolean', description: 'Whether this is the first answer again.' },
    },
    examples: [
      {
        position: '00000000000000000042',
        revision: 3,
        ids: { customerId: '01JD9Z7Y3N8Q4T1V6W2X5R0KMP', contactId: '01JD9ZB6E2V7H9M4C1K3S8T5QA' },
        events: ['01JD9ZB6E3G5J7N1P4R8T2V6XC'],
        replayed: false,
      },
    ],
  },
  Reconciled: {
    type: 'object',
    required: ['events', 'hash', 'through'],
    properties: {
      customer: { type: 'string' },
      range: { type: 'string', description: 'As it was asked for, with the ends that were left out.' },
      events: { type: 'integer' },
      hash: { type: 'string', pattern: '^[0-9a-f]{64}$' },
      through: { type: ['string', 'null'], description: 'Position of the last event that counts.' },
      next: { type: ['string', 'null'], description: 'Of a range: what is left of it.' },
    },
    examples: [
      {
        customer: '01JD9Z7Y3N8Q4T1V6W2X5R0KMP',
        events: 1,
        hash: '589f9ffed4c477966bfb8d41f37895b08c69047df8f911d6f3b57fbe08faee8d',
        through: '00000000000000000042',
      },
    ],
  },
  Problem: {
    type: 'object',
    description: 'Problem details (RFC 9457). Clients branch on `type`.',
    required: ['type', 'title', 'status'],
    properties: {
      type: { type: 'string', format: 'uri-reference', enum: codes.map((code) => `/problems/${code}`) },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      requestId: { type: 'string' },
      errors: {
        type: 'array',
        items: { type: 'object', required: ['pointer', 'detail'], properties: { pointer: { type: 'string' }, detail: { type: 'string' } } },
      },
    },
    examples: [{ type: '/problems/deal-closed', title: 'The deal is closed', status: 409, detail: 'The deal was won; reopen it first.' }],
  },
});

export const problemResponse = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

export const commonProblems = {
  400: problemResponse('The request cannot be understood'),
  401: problemResponse('No key, or not a good one'),
  403: problemResponse('The role of the key does not allow it'),
  404: problemResponse('Nothing there, or out of scope'),
  429: problemResponse('Too many requests; see Retry-After'),
  503: problemResponse('Try again after Retry-After'),
};
