/** One change of mind, in order of recording; without a purpose it covers all purposes. */
export interface ConsentChange {
  readonly channel: string;
  readonly purpose?: string;
  readonly granted: boolean;
  readonly occurredAt: string;
}

export type Consent = 'unsaid' | 'granted' | 'withdrawn';

/**
 * What the customer had said about a channel and a purpose at an instant. The last word counts, whether it named the purpose or
 * covered all; of two at the same instant the one recorded later.
 */
export const consentAt = (changes: readonly ConsentChange[], channel: string, purpose: string | undefined, instant: string): Consent => {
  let last: ConsentChange | undefined;
  for (const change of changes) {
    const speaksOfIt = change.channel === channel && (change.purpose === undefined || change.purpose === purpose);
    if (speaksOfIt && change.occurredAt <= instant && (last === undefined || last.occurredAt <= change.occurredAt)) last = change;
  }
  if (last === undefined) return 'unsaid';
  return last.granted ? 'granted' : 'withdrawn';
};

/** Whether a change would leave every answer of `consentAt` as it is, for the purpose that it names or for all that were spoken of. */
export const changesNothing = (changes: readonly ConsentChange[], change: ConsentChange): boolean => {
  const before = changes.filter(({ channel }) => channel === change.channel);
  const after = [...before, change];
  const purposes = change.purpose === undefined ? after.map(({ purpose }) => purpose) : [change.purpose];
  const instants = after.map(({ occurredAt }) => occurredAt);
  return purposes.every((purpose) =>
    instants.every((instant) => consentAt(before, change.channel, purpose, instant) === consentAt(after, change.channel, purpose, instant)),
  );
};
