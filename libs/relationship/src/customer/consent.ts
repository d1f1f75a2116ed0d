import { type DecisionContext } from '../kernel/decider.js';
import { isAlreadySo } from '../kernel/decision.js';
import { extended, type History, lastIn, noHistory, type Since } from '../kernel/valid-time.js';

/** One change of mind about a channel; without a purpose it covers all purposes. */
export interface ConsentChange extends Since {
  readonly purpose: string | undefined;
  readonly granted: boolean;
}

/** Of one channel. */
export interface Consents {
  readonly changes: History<ConsentChange>;
  /** All that were ever named. */
  readonly purposes: ReadonlySet<string>;
}

export type Consent = 'unsaid' | 'granted' | 'withdrawn';

export const noConsents: Consents = { changes: noHistory, purposes: new Set() };

export const withConsent = ({ changes, purposes }: Consents, change: ConsentChange): Consents => ({
  changes: extended(changes, change),
  purposes: change.purpose === undefined || purposes.has(change.purpose) ? purposes : new Set([...purposes, change.purpose]),
});

/** What the customer had said at an instant, whether the purpose was named or all were covered. */
export const consentAt = ({ changes }: Consents, purpose: string | undefined, instant: string): Consent => {
  const last = lastWord(changes, purpose, instant);
  if (last === undefined) return 'unsaid';
  return last.granted ? 'granted' : 'withdrawn';
};

/** Whether it is already so for the purpose that is named, or for all that ever were. */
export const isConsentAlreadySo = (
  { changes, purposes }: Consents,
  purpose: string | undefined,
  granted: boolean,
  context: DecisionContext,
): boolean =>
  (purpose === undefined ? [undefined, ...purposes] : [purpose]).every((each) => {
    const held = lastWord(changes, each, context.occurredAt);
    return held?.granted === granted && isAlreadySo(held, context);
  });

const lastWord = (changes: History<ConsentChange>, purpose: string | undefined, instant: string): ConsentChange | undefined =>
  lastIn(changes, instant, (change) => change.purpose === undefined || change.purpose === purpose);
