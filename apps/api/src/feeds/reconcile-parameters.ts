import { ORIGIN, POSITION_PATTERN, type Position } from '#event-log';
import { matching, type Parameter } from '../edge/parameters.js';
import { position } from './log-parameters.js';

/** Events after one position, up to another; up to now where that is left out. */
export interface Range {
  readonly after: Position;
  readonly upTo: Position | undefined;
}

const wanted = 'two positions separated by two dots, the first exclusive and the second inclusive; either may be omitted';

const onePosition = POSITION_PATTERN.slice(1, -1);

const range: Parameter<Range> = {
  schema: { type: 'string', pattern: `^(${onePosition})?\\.\\.(${onePosition})?$` },
  description: `Events of all streams, in the order of their positions: ${wanted}.`,
  read(given) {
    const ends = given.split('..');
    const [from, to] = ends.map((end) => (end === '' ? { value: undefined } : position.read(end)));
    if (ends.length !== 2 || from === undefined || to === undefined || 'wrong' in from || 'wrong' in to) {
      return { wrong: `must be ${wanted}; a position is 20 digits, or four characters and 40 digits, as in this API and in ce_position` };
    }
    const after = from.value ?? ORIGIN;
    const upTo = to.value;
    return upTo !== undefined && upTo < after ? { wrong: 'must not end before it begins' } : { value: { after, upTo } };
  },
};

export const reconcileParameters = {
  customer: matching(/^[A-Za-z0-9_-]{1,64}$/, 'the id of a customer')('Events of one customer:'),
  range,
  through: { ...position, description: 'With `customer`: the events up to this position; default all.' },
} as const;
