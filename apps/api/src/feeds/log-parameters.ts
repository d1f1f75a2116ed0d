import { isPosition, POSITION_PATTERN, type Position } from '#event-log';
import { eventCatalogue } from '#platform';
import { type Parameter, whole } from '../edge/parameters.js';

export const position: Parameter<Position> = {
  schema: { type: 'string', pattern: POSITION_PATTERN },
  description: 'A position of this API; events after it are returned.',
  read: (given) =>
    isPosition(given) ? { value: given } : { wrong: 'must be a position of this API: 20 digits, or four characters and 40 digits' },
};
const known = new Set<string>(eventCatalogue.definitions.map(({ type }) => type));
const types: Parameter<readonly string[]> = {
  schema: { type: 'string', minLength: 1 },
  description: 'Event types, separated by commas; default all.',
  read(given) {
    const value = given.split(',');
    return value.every((type) => known.has(type))
      ? { value }
      : { wrong: `must be event types, separated by commas; allowed are ${[...known].join(', ')}` };
  },
};

export const logPageParameters = { after: position, types, limit: whole(1, 1_000, 'Events per page; default 100.') } as const;
export const logFeedParameters = { after: position, types } as const;
