/** What a number is asked for that is larger than numbers can be told apart. */
export class SumTooLarge extends Error {
  override readonly name = 'SumTooLarge';
  constructor(
    /** As `series` of answers names it, or a name of the sum. */
    readonly sum: string,
  ) {
    super(`The sum ${sum} is beyond ${Number.MAX_SAFE_INTEGER} and cannot be answered exactly; ask for a part of it.`);
  }
}

/** Milliseconds are summed for their mean alone, which is rounded anyway. */
const isDuration = (sum: string): boolean => /(^|=)[a-z-]+-ms(\||$)/.test(sum);

/** @throws SumTooLarge where `amount` may not be what the sum comes to */
export const exact = (amount: number, sum: string): number => {
  if (Number.isSafeInteger(amount) || isDuration(sum)) return amount;
  throw new SumTooLarge(sum);
};
