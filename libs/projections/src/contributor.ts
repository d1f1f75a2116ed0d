/** What the runner keeps behind one series for one customer. */
export interface Contributor {
  readonly events: readonly string[];
  readonly amounts?: readonly (readonly [day: string, known: string, amount: number])[];
}

/** What the customer adds to the series as of a day, as known on a day. */
export const amountAt = (
  { amounts = [] }: Contributor,
  { asOf, knownAt }: { readonly asOf?: string; readonly knownAt?: string },
): number => {
  const [to, knownTo] = [asOf?.slice(0, 10) ?? '~', knownAt?.slice(0, 10) ?? '~'];
  return amounts.reduce((sum, [day, known, amount]) => (day <= to && known <= knownTo ? sum + amount : sum), 0);
};
