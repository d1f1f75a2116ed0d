import { describe, expect, it } from '@jest/globals';
import type { Position } from '#event-log';
import type { ViewStatus } from '#projections/runner/index.js';
import { viewProgressLine } from './view-progress.js';

const at = (position: number) => String(position).padStart(20, '0') as Position;
const view = (name: string, more: Partial<ViewStatus> = {}): ViewStatus => ({
  view: name,
  checkpoint: at(64_406),
  head: at(64_406),
  lagSeconds: 0,
  lagEvents: 0,
  state: 'live',
  parked: 0,
  ...more,
});
const unbuilt = { checkpoint: at(0), lagSeconds: 60, lagEvents: 64_406, state: 'empty' } as const;
const rebuild = (events: number) => ({ rebuild: { build: 'x', events, totalEvents: 64_406, upTo: at(64_406) } });

describe('the progress of the views', () => {
  it('is that of the build, not of what answers meanwhile', () => {
    expect(viewProgressLine([view('card', { ...unbuilt, ...rebuild(23_456) }), view('churn', { ...unbuilt, ...rebuild(23_000) })])).toBe(
      '2 views are built from the log: 23,000 of 64,406 events',
    );
    expect(viewProgressLine([view('card', rebuild(5_000)), view('churn')])).toBe('card is built from the log: 5,000 of 64,406 events');
  });

  it('names no number before the build has started', () => {
    expect(viewProgressLine([view('card', unbuilt), view('churn')])).toBe('card is built from the log');
  });

  it('is what is left where views are only behind', () => {
    expect(viewProgressLine([view('card', { lagSeconds: 3, lagEvents: 1_200, state: 'behind' }), view('churn')])).toBe(
      'updating the views: 1,200 events left',
    );
  });

  it('is told without numbers of events where the log does not count them', () => {
    const { lagEvents: _, ...uncounted } = view('card', { lagSeconds: 2.1, state: 'behind' });
    expect(viewProgressLine([uncounted])).toBe('updating the views: 3 seconds behind');
    const [first, last] = [
      { build: 'x', events: 23_000, upTo: at(9) },
      { build: 'x', upTo: at(9) },
    ];
    expect(viewProgressLine([{ ...uncounted, rebuild: first }])).toBe('card is built from the log: 23,000 events');
    expect(viewProgressLine([{ ...uncounted, rebuild: last }])).toBe('card is built from the log');
  });

  it('is nothing where there is nothing to do', () => {
    expect(viewProgressLine([view('card'), view('churn')])).toBeUndefined();
  });
});
