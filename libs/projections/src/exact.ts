/** The largest sum that JSON gives exactly. */
export const LARGEST_SUM = Number.MAX_SAFE_INTEGER;

/** Milliseconds are summed for their mean alone, which is rounded anyway. */
const isDuration = (sum: string): boolean => /(^|=)[a-z-]+-ms(-[a-z]+)?(\||$)/.test(sum);

/**
 * The amount, or an infinity where it may not be the sum: it stays one in whatever is computed from it, and is null in JSON, so
 * that of an answer only what depends on this sum is missing.
 * @param sum as `series` of answers names it, or a name of the sum
 */
export const exact = (amount: number, sum: string): number =>
  Number.isSafeInteger(amount) || isDuration(sum) ? amount : amount * Number.POSITIVE_INFINITY;
