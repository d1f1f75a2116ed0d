import type { EventDefinition } from '../event-definition.js';

/** The stream of what concerns the installation that the log belongs to. It is copied with the log. */
export const INSTALLATION_STREAM = 'installation';

/** From then on the log belongs to the store of this id, which holds its erasures and is never restored from a backup; the last one counts. */
export const keptOutsideBegun = {
  type: 'kept-outside-begun',
  version: 1,
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string', pattern: '^[0-9a-f-]{36}$', description: 'of the store' },
      reason: {
        type: 'string',
        minLength: 1,
        maxLength: 500,
        description: 'why the store of before is used no more',
        'x-plain': 'an operator says what became of a store',
      },
    },
    required: ['id'],
    additionalProperties: false,
  },
  personal: [],
  published: null,
  description: 'Erasures are also recorded in the store of this id, which is never restored from a backup.',
} as const satisfies EventDefinition;
