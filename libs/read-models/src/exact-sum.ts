/** An integer, as a bigint where a number would not hold it exactly. */
export type ExactSum = number | bigint;

export const exactSum = (a: ExactSum, b: ExactSum): ExactSum => {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum;
};
