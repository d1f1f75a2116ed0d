/**
 * Token bucket: a key that was quiet may make `perSecond` requests at once, and `perSecond` every second after.
 * `take` answers 0 where the request may go on, else the milliseconds until the next one may.
 */
export interface RateLimit {
  take(keyId: string, nowMs: number): number;
}

interface Bucket {
  tokens: number;
  at: number;
}

const SWEEP_AT = 10_000;

export const createRateLimit = (perSecond: number): RateLimit => {
  const buckets = new Map<string, Bucket>();
  return {
    take(keyId, nowMs) {
      const bucket = buckets.get(keyId);
      if (bucket === undefined) {
        if (buckets.size >= SWEEP_AT) sweep(buckets, nowMs);
        buckets.set(keyId, { tokens: perSecond - 1, at: nowMs });
        return 0;
      }
      const elapsed = Math.max(0, nowMs - bucket.at);
      bucket.tokens = Math.min(perSecond, bucket.tokens + (elapsed * perSecond) / 1000);
      bucket.at = nowMs;
      if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * 1000) / perSecond);
      bucket.tokens -= 1;
      return 0;
    },
  };
};

/** A bucket untouched for a second is full again, which is what an absent one is. */
const sweep = (buckets: Map<string, Bucket>, nowMs: number): void => {
  for (const [key, bucket] of buckets) if (nowMs - bucket.at >= 1000) buckets.delete(key);
};
