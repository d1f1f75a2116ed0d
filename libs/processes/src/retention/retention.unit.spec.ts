import { describe, expect, it } from '@jest/globals';
import { defaultPolicies } from '#relationship';
import { newEvent } from '#testing';
import { retention } from './retention.js';

const context = { begunAt: '2026-01-01T00:00:00.000Z', policies: defaultPolicies };
const published = newEvent({
  type: 'policy-published',
  data: { version: 2, document: { perDay: 1 } },
  recordedAt: '2026-01-01T08:00:00.000Z',
});
const answer = (input: string, recordedAt: string) => newEvent({ type: 'process-commands-answered', data: { input }, recordedAt });

/** When it sweeps next. */
const nextAfter = (...answers: readonly (readonly [input: string, recordedAt: string])[]): string => {
  const events = [published, ...answers.map(([input, recordedAt]) => answer(input, recordedAt))];
  const state = events.reduce<ReturnType<typeof retention.evolve>>(
    (folded, event) => retention.evolve(folded, event as never, context),
    undefined,
  );
  return retention.timers(state!, context)[0]!.at;
};

describe('the sweep of the retention policy', () => {
  const first = ['published', '2026-01-01T08:00:01.000Z'] as const;
  const ofSecond = 'published day 2026-01-02T00:00:00.000Z';

  it('is followed by that of the next day', () => {
    expect(nextAfter(first)).toBe('2026-01-02T00:00:00.000Z');
    expect(nextAfter(first, [ofSecond, '2026-01-02T00:00:05.000Z'])).toBe('2026-01-03T00:00:00.000Z');
  });

  it('is followed by that of the day in which it ends when it runs past midnight', () => {
    expect(nextAfter(['published', '2026-01-02T00:10:00.000Z'])).toBe('2026-01-02T00:00:00.000Z');
    expect(nextAfter(first, [ofSecond, '2026-01-03T00:10:00.000Z'])).toBe('2026-01-03T00:00:00.000Z');
  });

  it('is not made up for on each of the days that were missed', () => {
    expect(nextAfter(first, [ofSecond, '2026-01-20T07:00:00.000Z'])).toBe('2026-01-20T00:00:00.000Z');
    const last = ['published day 2026-01-20T00:00:00.000Z', '2026-01-20T07:00:05.000Z'] as const;
    expect(nextAfter(first, [ofSecond, '2026-01-20T07:00:00.000Z'], last)).toBe('2026-01-21T00:00:00.000Z');
  });
});
