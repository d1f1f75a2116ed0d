import type { Dated } from '../kernel/event.js';
import { emptyIdMap, type IdMap, setId } from '../kernel/id-map.js';
import type { AttitudeEvent } from './events.js';

export interface Attitude {
  readonly complaints: IdMap<'open' | 'resolved'>;
  readonly answers: IdMap<true>;
  readonly recommendations: IdMap<true>;
  readonly referrals: IdMap<true>;
  readonly reviews: IdMap<true>;
}

export const noAttitude: Attitude = {
  complaints: emptyIdMap,
  answers: emptyIdMap,
  recommendations: emptyIdMap,
  referrals: emptyIdMap,
  reviews: emptyIdMap,
};

export const evolveAttitude = (attitude: Attitude, event: Dated<AttitudeEvent>): Attitude => {
  switch (event.type) {
    case 'satisfaction-answered':
      return { ...attitude, answers: setId(attitude.answers, event.data.answerId, true) };
    case 'recommendation-made':
      return { ...attitude, recommendations: setId(attitude.recommendations, event.data.recommendationId, true) };
    case 'referral-converted':
      return { ...attitude, referrals: setId(attitude.referrals, event.data.referralId, true) };
    case 'review-published':
      return { ...attitude, reviews: setId(attitude.reviews, event.data.reviewId, true) };
    case 'complaint-raised':
      return { ...attitude, complaints: setId(attitude.complaints, event.data.complaintId, 'open') };
    case 'complaint-resolved':
      return { ...attitude, complaints: setId(attitude.complaints, event.data.complaintId, 'resolved') };
  }
};
