import type { DomainEvent } from '#event-log';
import { dealsProjection } from '#testing/deals-projection.js';
import { newEvent } from '#testing/new-event.js';
import { foldCustomer } from './fold.js';

const event = (type: string, deal: string, occurredAt: string, recordedAt = occurredAt) =>
  ({
    ...newEvent({ type, occurredAt: `${occurredAt}T12:00:00.000Z`, recordedAt: `${recordedAt}T12:00:00.000Z`, data: { deal } }),
    stream: 'relationship-c1',
  }) as DomainEvent;

const events = [
  event('deal-opened', 'a', '2026-01-01'),
  event('deal-opened', 'b', '2026-01-05', '2026-02-01'),
  event('deal-cancelled', 'a', '2026-01-10'),
];
const deals = (time?: Parameters<typeof foldCustomer>[2]) => Object.keys(foldCustomer(dealsProjection(), events, time)?.deals ?? {});

describe('folding one customer', () => {
  it('takes everything when no time is given', () => {
    expect(deals()).toEqual(['b']);
  });

  it('takes what was true by then', () => {
    expect(deals({ asOf: '2026-01-05T11:59:59.999Z' })).toEqual(['a']);
  });

  it('takes what was known by then', () => {
    expect(deals({ asOf: '2026-01-06T23:59:59.999Z', knownAt: '2026-01-31T23:59:59.999Z' })).toEqual(['a']);
  });

  it('answers undefined when nothing concerns the view', () => {
    expect(foldCustomer(dealsProjection(), events, { asOf: '2025-12-31T23:59:59.999Z' })).toBeUndefined();
    expect(foldCustomer(dealsProjection(), [event('other-thing', 'a', '2026-01-01')])).toBeUndefined();
  });
});
