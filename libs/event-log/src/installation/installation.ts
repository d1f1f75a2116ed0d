import type { EventDefinition } from '../event-definition.js';
import type { EventReads } from '../event-log.js';
import { INSTALLATION_STREAM, keptOutsideBegun } from './kept-outside-begun.js';

/** How ids are derived from foreign keys: under a secret, or so that anybody can compute them. */
export interface Derivation {
  readonly kind: 'hmac' | 'plain';
  /** Of `hmac`: HMAC-SHA256 of a constant under the secret, by which it is known and cannot be guessed. */
  readonly secret?: string;
}

/** What the log says of the installation that it belongs to; of each member the last one counts. */
export interface Installation {
  /** Id of the store of erasures outside of backups. */
  readonly keptOutside?: string;
  /** Id of the store of the keys that personal data is encrypted with. */
  readonly subjectKeys?: string;
  readonly derivedIds?: Derivation;
}

/** Before the first event that needs them; later where one of them is replaced. */
export const installationNamed = {
  type: 'installation-named',
  version: 1,
  schema: {
    type: 'object',
    properties: {
      subjectKeys: { type: 'string', pattern: '^[0-9a-f-]{36}$', description: 'id of the store of the keys of customers' },
      derivedIds: {
        type: 'object',
        description: 'how ids are derived from the keys of other systems: under a secret, or so that anybody can compute them',
        properties: {
          kind: { type: 'string', enum: ['hmac', 'plain'] },
          secret: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'HMAC-SHA256 of a constant under the secret; of `hmac`' },
        },
        required: ['kind'],
        additionalProperties: false,
      },
      reason: {
        type: 'string',
        minLength: 1,
        maxLength: 500,
        description: 'why what was named before is used no more',
        'x-plain': 'an operator says what became of a store',
      },
    },
    minProperties: 1,
    additionalProperties: false,
  },
  personal: [],
  published: null,
  description: 'The log belongs to the installation with this store of keys and this derivation of ids.',
} as const satisfies EventDefinition;

export async function installationOf(log: Pick<EventReads<unknown>, 'readStream'>): Promise<Installation> {
  let found: Installation = {};
  for await (const batch of log.readStream(INSTALLATION_STREAM, { direction: 'backwards' }))
    for (const { type, data } of batch as readonly { readonly type: string; readonly data: unknown }[]) {
      if (type === keptOutsideBegun.type) found = { keptOutside: (data as { readonly id: string }).id, ...found };
      if (type === installationNamed.type) {
        const { subjectKeys, derivedIds } = data as Installation;
        found = { ...(subjectKeys !== undefined && { subjectKeys }), ...(derivedIds !== undefined && { derivedIds }), ...found };
      }
    }
  return found;
}
