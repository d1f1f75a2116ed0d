import { type Parameter, text, whole } from '../edge/parameters.js';

export const position: Parameter<string> = {
  schema: { type: 'string', pattern: '^\\d{20}$' },
  description: 'A position as this API gives it; what stands after it is answered.',
  read: (given) => (/^\d{20}$/.test(given) ? { value: given } : { wrong: 'must be a position as this API gives it: 20 digits' }),
};
const types: Parameter<string> = text('Event types, separated by commas; all when absent.', 2_000);

export const logPageParameters = { after: position, types, limit: whole(1, 1_000, 'Events a page; 100 when absent.') } as const;
export const logFeedParameters = { after: position, types } as const;
