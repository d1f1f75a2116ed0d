import { describe, expect, it } from '@jest/globals';
import { type StoryEvent, storyOf } from '#testing/customer-story.js';
import { cardProjection } from './card/projection.js';
import { countingEvents } from './counting.js';
import { foldCustomer } from './fold.js';

const by = { kind: 'curator', id: 'maria', name: 'Maria Ivanova' } as const;
const story: readonly StoryEvent[] = [
  { type: 'customer-registered', at: '2026-01-01', by, data: { kind: 'person', role: 'customer', displayName: 'Anna', segment: 'retail' } },
  { type: 'customer-identifier-added', at: '2026-01-02', data: { kind: 'email', value: 'anna@example.org' } },
  { type: 'customer-erased', at: '2026-01-03', data: { code: 'unstated' } },
];
const [registered, identified, erased] = storyOf('c', story);

describe('the events of one who is erased', () => {
  it('count without personal members and without the name of who acted, whatever was merged into them too', () => {
    const other = { ...identified!, stream: 'relationship-d' };
    expect(countingEvents([registered!, identified!, other, erased!]).map(({ data, actor, stream }) => [stream, data, actor.name])).toEqual(
      [
        ['relationship-c', { kind: 'person', role: 'customer', segment: 'retail' }, undefined],
        ['relationship-c', { kind: 'email' }, undefined],
        ['relationship-d', { kind: 'email' }, undefined],
        ['relationship-c', { code: 'unstated' }, undefined],
      ],
    );
  });

  it('count so alone where they were merged into another, who is not erased', () => {
    const survivor = { ...identified!, stream: 'relationship-d' };
    const merged = { ...identified!, type: 'customer-merged', revision: 2, data: { into: 'd' } };
    const counting = countingEvents([identified!, survivor, merged, { ...erased!, revision: 3 }]);
    expect(counting.map(({ data, stream }) => [stream, data])).toEqual([
      ['relationship-c', { kind: 'email' }],
      ['relationship-d', { kind: 'email', value: 'anna@example.org' }],
      ['relationship-c', { into: 'd' }],
      ['relationship-c', { code: 'unstated' }],
    ]);
  });

  it('do so although an event before the erasure, or the erasure, is not understood', () => {
    const unknown = { ...identified!, notUnderstood: 'newer-version' } as const;
    expect(countingEvents([registered!, unknown, erased!])[0]!.data).not.toHaveProperty('displayName');
    expect(countingEvents([registered!, { ...erased!, notUnderstood: 'newer-version' }])[0]!.data).not.toHaveProperty('displayName');
  });

  it('are without them as known before the erasure, too', () => {
    const card = foldCustomer(cardProjection, [registered!, identified!, erased!], { knownAt: '2026-01-02T23:59:59.999Z' });
    expect([card?.status, Object.keys(card?.details ?? {}), card?.identifiers]).toEqual(['active', ['segment', 'role'], []]);
  });

  it('are the same list where nobody is erased', () => {
    const events = [registered!, identified!];
    expect(countingEvents(events)).toBe(events);
  });
});
