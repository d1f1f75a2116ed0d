import type { Dated } from '../kernel/event.js';
import { emptyMap, type PersistentMap, put } from '../kernel/persistent-map.js';
import type { AttitudeFact } from './events.js';

export interface Attitude {
  readonly complaints: PersistentMap<'open' | 'resolved'>;
  readonly answers: PersistentMap<true>;
  readonly recommendations: PersistentMap<true>;
  readonly referrals: PersistentMap<true>;
  readonly reviews: PersistentMap<true>;
}

export const noAttitude: Attitude = {
  complaints: emptyMap(),
  answers: emptyMap(),
  recommendations: emptyMap(),
  referrals: emptyMap(),
  reviews: emptyMap(),
};

export const evolveAttitude = (attitude: Attitude, fact: Dated<AttitudeFact>): Attitude => {
  switch (fact.type) {
    case 'satisfaction-answered':
      return { ...attitude, answers: put(attitude.answers, fact.data.answerId, true) };
    case 'recommendation-made':
      return { ...attitude, recommendations: put(attitude.recommendations, fact.data.recommendationId, true) };
    case 'referral-converted':
      return { ...attitude, referrals: put(attitude.referrals, fact.data.referralId, true) };
    case 'review-published':
      return { ...attitude, reviews: put(attitude.reviews, fact.data.reviewId, true) };
    case 'complaint-raised':
      return { ...attitude, complaints: put(attitude.complaints, fact.data.complaintId, 'open') };
    case 'complaint-resolved':
      return { ...attitude, complaints: put(attitude.complaints, fact.data.complaintId, 'resolved') };
  }
};
