import { isPosition, POSITION_PATTERN, type Position } from '#event-log';
import { eventCatalogue } from '#platform';
import { type Parameter, whole } from '../edge/parameters.js';

export const position: Parameter<Position> = {
  schema: { type: 'string', pattern: POSITION_PATTERN },
  description: 'A position as this API gives it; what stands after it is answered.',
  read: (given) => (isPosition(given) ? { value: given } : { wrong: 'must be a position as this API gives it: 20 digits' }),
};
const known = new Set<string>(eventCatalogue.definitions.map(({ type }) => type));
const types: Parameter<readonly string[]> = {
  schema: { type: 'string', minLength: 1 },
  description: 'Event types, separated by commas; all when absent.',
  read(given) {
    const value = given.split(',');
    return value.every((type) => known.has(type))
      ? { value }
      : { wrong: `must be event types, separated by commas; they are ${[...known].join(', ')}` };
  },
};

export const logPageParameters = { after: position, types, limit: whole(1, 1_000, 'Events a page; 100 when absent.') } as const;
export const logFeedParameters = { after: position, types } as const;
