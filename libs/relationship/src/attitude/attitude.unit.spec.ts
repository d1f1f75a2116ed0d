import { describe, it } from '@jest/globals';
import { customer } from '#testing/relationship-specification.js';
import type { RelationshipEvent } from '../slices.js';

const contact: RelationshipEvent = {
  type: 'contact-recorded',
  data: { contactId: 'k', channel: 'phone', direction: 'inbound', purpose: 'service' },
};
const deal: RelationshipEvent = { type: 'deal-opened', data: { dealId: 'd', funnelVersion: 1, stage: 'lead' } };
const self = { actor: { kind: 'customer', id: 'c' } };

describe('an answer about satisfaction', () => {
  const answer = (more: object) => ({ name: 'answer-satisfaction', body: { answerId: 'a', metric: 'csat', score: 5, ...more } }) as const;

  it('is tied to the contact, the deal, the case and the curator', () => {
    const ties = { contactId: 'k', dealId: 'd', caseId: 'x', curatorId: 'bea', comment: 'good' };
    customer(contact, deal)
      .when(answer(ties))
      .decides({ type: 'satisfaction-answered', data: { answerId: 'a', metric: 'csat', score: 5, ...ties } });
  });
  it('is credited to the curator at that time where none is named', () => {
    const history = customer(
      { type: 'curator-assigned', data: { curatorId: 'ann', from: '2026-01-01T00:00:00.000Z' } },
      { type: 'curator-assigned', data: { curatorId: 'bea', from: '2026-03-01T00:00:00.000Z' } },
    );
    history
      .when(answer({}), { occurredAt: '2026-02-01T00:00:00.000Z' })
      .decides({ type: 'satisfaction-answered', data: { answerId: 'a', metric: 'csat', score: 5, curatorId: 'ann' } });
    history
      .when(answer({}))
      .decides({ type: 'satisfaction-answered', data: { answerId: 'a', metric: 'csat', score: 5, curatorId: 'bea' } });
  });
  it.each([
    ['csat', 1, 5],
    ['nps', 0, 10],
    ['ces', 1, 7],
  ] as const)('in %s lies from %i to %i', (metric, least, most) => {
    for (const score of [least, most])
      customer()
        .when(answer({ metric, score }))
        .decides({ type: 'satisfaction-answered', data: { answerId: 'a', metric, score } });
    for (const score of [least - 1, most + 1, least + 0.5])
      customer().when(answer({ metric, score })).isRejected('score-out-of-scale', { metric, least, most });
  });
  it('is rejected for a contact or a deal that does not exist', () => {
    customer()
      .when(answer({ contactId: 'k' }))
      .isRejected('contact-unknown');
    customer()
      .when(answer({ dealId: 'd' }))
      .isRejected('deal-unknown');
  });
  it('is not given by the customer about a contact among ourselves', () => {
    const data = { contactId: 'k', channel: 'phone', direction: 'internal', purpose: 'service' } as const;
    customer({ type: 'contact-recorded', data })
      .when(answer({ contactId: 'k' }), self)
      .isRejected('contact-unknown');
  });
  it('is given by the customer about a contact with the outside, whatever became of it, and not about one that is unknown', () => {
    const way = { channel: 'phone', purpose: 'service' } as const;
    const planned = (direction: 'outbound' | 'internal'): RelationshipEvent => ({
      type: 'contact-planned',
      data: { contactId: 'k', ...way, direction, plannedFor: '2026-12-01T00:00:00.000Z' },
    });
    const data = { answerId: 'a', metric: 'csat', score: 5, contactId: 'k' } as const;
    const ends: readonly RelationshipEvent[][] = [
      [],
      [{ type: 'contact-missed', data: { contactId: 'k' } }],
      [{ type: 'contact-cancelled', data: { contactId: 'k' } }],
    ];
    for (const end of ends) {
      customer(planned('outbound'), ...end)
        .when(answer({ contactId: 'k' }), self)
        .decides({ type: 'satisfaction-answered', data });
      customer(planned('internal'), ...end)
        .when(answer({ contactId: 'k' }), self)
        .isRejected('contact-unknown');
    }
    customer()
      .when(answer({ contactId: 'k' }), self)
      .isRejected('contact-unknown', { id: 'k' });
  });
  it('is not given twice', () => {
    customer({ type: 'satisfaction-answered', data: { answerId: 'a', metric: 'nps', score: 0 } })
      .when(answer({}))
      .isRejected('answer-id-taken');
  });
  it('may be given by the customer', () =>
    customer()
      .when(answer({}), self)
      .decides({ type: 'satisfaction-answered', data: { answerId: 'a', metric: 'csat', score: 5 } }));
});

describe('acts that speak for us', () => {
  const recommendation: RelationshipEvent = { type: 'recommendation-made', data: { recommendationId: 'r', note: 'n' } };
  const referral: RelationshipEvent = { type: 'referral-converted', data: { referralId: 'r', referredCustomerId: 'c2', dealId: 'theirs' } };
  const review: RelationshipEvent = { type: 'review-published', data: { reviewId: 'r', site: 'reviews.example', rating: 4.5 } };
  const recommend = { name: 'make-recommendation', body: { recommendationId: 'r', note: 'n' } } as const;
  const convert = { name: 'convert-referral', body: { referralId: 'r', referredCustomerId: 'c2', dealId: 'theirs' } } as const;
  const publish = { name: 'publish-review', body: { reviewId: 'r', site: 'reviews.example', rating: 4.5 } } as const;

  it('are a recommendation', () => customer().when(recommend).decides(recommendation));
  it('are a referral that became a customer, whose deal is in the other stream', () => customer().when(convert).decides(referral));
  it('are a published review', () => customer().when(publish).decides(review));
  it('count once', () => {
    customer(recommendation).when(recommend).isRejected('recommendation-id-taken');
    customer(referral).when(convert).isRejected('referral-id-taken');
    customer(review).when(publish).isRejected('review-id-taken');
  });
  it('are no referral of oneself, and none of somebody who is not registered', () => {
    customer().when(convert, { otherCustomer: 'same' }).isRejected('referral-of-self', { referredCustomerId: 'c2' });
    customer().when(convert, { otherCustomer: 'unknown' }).isRejected('referred-customer-unknown', { referredCustomerId: 'c2' });
    customer().when(convert, { otherCustomer: 'registered' }).decides(referral);
  });
  it('may have the same id where they are of different kinds', () => customer(recommendation, referral).when(publish).decides(review));
});

describe('a complaint', () => {
  const raised: RelationshipEvent = { type: 'complaint-raised', data: { complaintId: 'x' } };
  const resolved: RelationshipEvent = { type: 'complaint-resolved', data: { complaintId: 'x', resolution: 'paid' } };
  const raise = (more: object = {}) => ({ name: 'raise-complaint', body: { complaintId: 'x', ...more } }) as const;
  const resolve = { name: 'resolve-complaint', body: { complaintId: 'x', resolution: 'paid' } } as const;

  it('is raised, by the customer too', () => {
    const said = { summary: 's', contactId: 'k', dealId: 'd', severity: 'high' };
    customer(contact, deal)
      .when(raise(said), self)
      .decides({ type: 'complaint-raised', data: { complaintId: 'x', ...said } });
  });
  it('is not raised twice', () => customer(raised).when(raise()).isRejected('complaint-id-taken'));
  it('is not raised about what does not exist', () => {
    customer()
      .when(raise({ contactId: 'k' }))
      .isRejected('contact-unknown');
    customer()
      .when(raise({ dealId: 'd' }))
      .isRejected('deal-unknown');
  });
  it.each(['recorded', 'planned and missed'])('is not raised by the customer about a contact among ourselves, %s', (how) => {
    const inside = { contactId: 'k', channel: 'phone', direction: 'internal', purpose: 'service' } as const;
    const events: readonly RelationshipEvent[] =
      how === 'recorded'
        ? [{ type: 'contact-recorded', data: inside }]
        : [
            { type: 'contact-planned', data: { ...inside, plannedFor: '2026-11-20T00:00:00.000Z' } },
            { type: 'contact-missed', data: { contactId: 'k' } },
          ];
    const about = raise({ contactId: 'k' });
    customer(...events)
      .when(about, self)
      .isRejected('contact-unknown', { id: 'k' });
    customer(...events)
      .when(about)
      .decides({ type: 'complaint-raised', data: { complaintId: 'x', contactId: 'k' } });
  });
  it('is settled', () => customer(raised).when(resolve).decides(resolved));
  it('is not settled by the customer', () => customer(raised).when(resolve, self).isRejected('not-for-customers'));
  it('is not settled twice', () => customer(raised, resolved).when(resolve).isRejected('complaint-already-resolved'));
  it('is not settled where there is none', () => customer().when(resolve).isRejected('complaint-unknown', { id: 'x' }));
});
