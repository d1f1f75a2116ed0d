import type { Dated } from '../kernel/event.js';
import { emptyMap, type PersistentMap, put } from '../kernel/persistent-map.js';
import type { AttitudeEvent } from './events.js';

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

export const evolveAttitude = (attitude: Attitude, event: Dated<AttitudeEvent>): Attitude => {
  switch (event.type) {
    case 'satisfaction-answered':
      return { ...attitude, answers: put(attitude.answers, event.data.answerId, true) };
    case 'recommendation-made':
      return { ...attitude, recommendations: put(attitude.recommendations, event.data.recommendationId, true) };
    case 'referral-converted':
      return { ...attitude, referrals: put(attitude.referrals, event.data.referralId, true) };
    case 'review-published':
      return { ...attitude, reviews: put(attitude.reviews, event.data.reviewId, true) };
    case 'complaint-raised':
      return { ...attitude, complaints: put(attitude.complaints, event.data.complaintId, 'open') };
    case 'complaint-resolved':
      return { ...attitude, complaints: put(attitude.complaints, event.data.complaintId, 'resolved') };
  }
};
