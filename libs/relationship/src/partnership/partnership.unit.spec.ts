import { describe, it } from '@jest/globals';
import { customer, given, happened, now, registered } from '#testing/relationship-specification.js';
import type { RelationshipEvent } from '../slices.js';

const agreed = (activeFrom: string, activeUntil?: string): RelationshipEvent => ({
  type: 'partnership-agreed',
  data: { agreementId: 'a', activeFrom, ...(activeUntil && { activeUntil }) },
});
const agree = (more: object = {}) => ({ name: 'agree-partnership', body: { agreementId: 'a', ...more } }) as const;
const end = { name: 'end-partnership', body: { agreementId: 'a', reason: 'sold' } } as const;
const ended: RelationshipEvent = { type: 'partnership-ended', data: { agreementId: 'a', reason: 'sold' } };
const spring = '2026-03-01T00:00:00.000Z';

describe('a partnership', () => {
  it('is in force at once where nothing else is said', () => customer().when(agree()).decides(agreed(now)));
  it('is in force between two instants, kept in UTC', () => {
    customer()
      .when(agree({ activeFrom: '2027-01-01T00:00:00+01:00', activeUntil: '2028-01-01T00:00:00+01:00', terms: 't' }))
      .decides({
        type: 'partnership-agreed',
        data: { agreementId: 'a', activeFrom: '2026-12-31T23:00:00.000Z', activeUntil: '2027-12-31T23:00:00.000Z', terms: 't' },
      });
  });
  it.each(['activeFrom', 'activeUntil'])('has no %s on a day that does not exist', (member) =>
    customer()
      .when(agree({ [member]: '2027-02-30T00:00:00Z' }))
      .isRejected('instant-impossible'),
  );
  it('is in force from the very instant on, and until just before its end', () => {
    const [last, until] = ['2026-08-31T23:59:59.999Z', '2026-09-01T00:00:00.000Z'];
    const history = given(registered, happened(agreed(spring, until), spring));
    for (const occurredAt of [spring, last]) history.when(end, { occurredAt }).decides(ended);
    for (const occurredAt of ['2026-02-28T23:59:59.999Z', until])
      history.when(end, { occurredAt }).isRejected('agreement-not-in-force', { agreementId: 'a' });
  });
  it('is not agreed twice', () => customer(agreed(spring)).when(agree()).isRejected('agreement-id-taken'));
  it('does not end before it begins', () => {
    customer()
      .when(agree({ activeFrom: spring, activeUntil: spring }))
      .isRejected('period-reversed');
  });
  it('is ended', () => customer(agreed(spring)).when(end).decides(ended));
  it('is not ended twice', () => customer(agreed(spring), ended).when(end).isRejected('agreement-not-in-force'));
  it('is not ended before it is in force', () =>
    customer(agreed('2027-01-01T00:00:00.000Z')).when(end).isRejected('agreement-not-in-force'));
  it('is not ended after it ran out', () => {
    customer(agreed('2025-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')).when(end).isRejected('agreement-not-in-force');
  });
  it('that ran out may have been ended while it was in force', () => {
    customer(agreed('2025-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'))
      .when(end, { occurredAt: '2025-06-01T00:00:00.000Z' })
      .decides(ended);
  });
  it('may turn out to have ended earlier, and is not ended of a later day', () => {
    const [april, may, june] = ['2026-04-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z'];
    const over = given(registered, happened(agreed(spring), spring), happened(ended, may));
    over.when(end, { occurredAt: april }).decides(ended);
    for (const occurredAt of [may, june]) over.when(end, { occurredAt }).isRejected('agreement-not-in-force');
    const recordedLate = given(
      registered,
      happened(agreed(spring), spring),
      happened(ended, may),
      happened(ended, april),
      happened(ended, june),
    );
    recordedLate.when(end, { occurredAt: april }).isRejected('agreement-not-in-force');
    recordedLate.when(end, { occurredAt: '2026-03-31T23:59:59.999Z' }).decides(ended);
  });
  it('is not ended where there is none', () => customer().when(end).isRejected('agreement-unknown', { id: 'a' }));
});
