import { LRUCache } from 'lru-cache';

/**
 * Token bucket: whoever was quiet may make `perSecond` requests at once, and `perSecond` every second after. Both answer 0 where the request
 * may go on, else the milliseconds until the next one may.
 */
export interface RateLimit {
  /** Counts the request. */
  take(who: string, nowMs: number): number;
  /** Counts nothing. */
  wait(who: string, nowMs: number): number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** The one that was used least lately is forgotten, which is what a full one is. */
const MOST_BUCKETS = 10_000;

export const createRateLimit = (perSecond: number): RateLimit => {
  const buckets = new LRUCache<string, Bucket>({ max: MOST_BUCKETS });
  const filled = (who: string, nowMs: number): Bucket => {
    const known = buckets.get(who);
    if (known === undefined) {
      const bucket = { tokens: perSecond, at: nowMs };
      buckets.set(who, bucket);
      return bucket;
    }
    const elapsed = Math.max(0, nowMs - known.at);
    known.tokens = Math.min(perSecond, known.tokens + (elapsed * perSecond) / 1000);
    known.at = nowMs;
    return known;
  };
  const missing = ({ tokens }: Bucket): number => (tokens < 1 ? Math.ceil(((1 - tokens) * 1000) / perSecond) : 0);
  return {
    take(who, nowMs) {
      const bucket = filled(who, nowMs);
      const wait = missing(bucket);
      if (wait === 0) bucket.tokens -= 1;
      return wait;
    },
    wait: (who, nowMs) => missing(filled(who, nowMs)),
  };
};
