import { ORIGIN, type Position } from '#event-log';
import { matching, type Parameter } from '../edge/parameters.js';
import { position } from './log-parameters.js';

/** Events after one position, up to another; up to now where that is left out. */
export interface Range {
  readonly after: Position;
  readonly upTo: Position | undefined;
}

const wanted = 'two positions with two dots between them, after the first and up to the second; the first or the second may be left out';

const range: Parameter<Range> = {
  schema: { type: 'string', pattern: '^(\\d{20})?\\.\\.(\\d{20})?$' },
  description: `Events of all customers and others, in the order of their positions: ${wanted}.`,
  read(given) {
    const ends = given.split('..');
    const [from, to] = ends.map((end) => (end === '' ? { value: undefined } : position.read(end)));
    if (ends.length !== 2 || from === undefined || to === undefined || 'wrong' in from || 'wrong' in to) {
      return { wrong: `must be ${wanted}; a position is 20 digits, as this API and ce_position give it` };
    }
    const after = from.value ?? ORIGIN;
    const upTo = to.value;
    return upTo !== undefined && upTo < after ? { wrong: 'must not end before it begins' } : { value: { after, upTo } };
  },
};

export const reconcileParameters = {
  customer: matching(/^[A-Za-z0-9_-]{1,64}$/, 'the id of a customer')('Events of one customer:'),
  range,
  through: { ...position, description: 'With `customer`: the events up to this position; all when absent.' },
} as const;
