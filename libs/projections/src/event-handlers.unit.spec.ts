import { toPosition } from '#event-log/position.js';
import { newEvent } from '#testing/new-event.js';
import { applyWith, type Reflected } from './event-handlers.js';

interface Counted extends Reflected {
  readonly notes: number;
}

const apply = applyWith<Counted>({ 'contact-recorded': (document) => ({ ...document, notes: document.notes + 1 }) });
const note = (stream: string, revision: number, position: number) => ({
  ...newEvent({ type: 'contact-recorded' }),
  stream,
  revision,
  position: toPosition(position),
  hash: '',
});

it('a document shows by the position in the log what it has taken in, whatever the revision in its stream', () => {
  const own = apply({ revision: -1, notes: 0 }, note('relationship-anna', 7, 10));
  const joined = apply(own, note('relationship-otto', 0, 11));
  expect(joined).toEqual({ revision: 0, position: toPosition(11), notes: 2 });
  for (const [revision, position] of [
    [0, 11],
    [12, 10],
  ] as const)
    expect(apply(joined, note('relationship-anna', revision, position))).toBe(joined);
});
