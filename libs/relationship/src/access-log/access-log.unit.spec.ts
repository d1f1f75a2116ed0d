import { describe, expect, it } from '@jest/globals';
import type { Decider } from '../kernel/aggregate.js';
import { accessLog } from './access-log.js';

const { initialState, evolve, decide }: Decider = accessLog.decider;
const anchor = (batch: number) => ({ name: 'anchor-access-log', body: { batch, hash: String(batch % 10).repeat(64) } });

describe('the hash of the access log', () => {
  it('is recorded once for each batch, and never for one before the last', () => {
    let state = initialState('main');
    const decided = [3, 3, 2, 4].map((batch) => {
      const events = decide(state, anchor(batch), undefined as never);
      for (const event of events) state = evolve(state, { ...event, occurredAt: '2026-11-30T12:00:00.000Z' });
      return events.map(({ data }) => data);
    });
    expect(decided).toEqual([[{ batch: 3, hash: '3'.repeat(64) }], [], [], [{ batch: 4, hash: '4'.repeat(64) }]]);
  });
});
