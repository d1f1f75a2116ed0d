import type { RecordedEvent } from '#event-log';
import type { Money } from '../money.js';

/** Instants: `at` when it was true, `known` when we learned it. */
export interface Dated {
  readonly at: string;
  readonly known: string;
  readonly event: string;
}
export interface Learned extends Dated {
  readonly value: string;
}

export interface OpenedFact extends Dated {
  readonly kind: 'opened';
  readonly stage: string;
  readonly funnelVersion: number;
  readonly curatorId?: string;
  readonly source?: string;
  readonly value?: Money;
  readonly labels?: Readonly<Record<string, string>>;
}
export interface EnteredFact extends Dated {
  readonly kind: 'entered' | 'reopened';
  readonly stage: string;
}
export interface ValuedFact extends Dated {
  readonly kind: 'valued';
  readonly value: Money;
}
export interface WonFact extends Dated {
  readonly kind: 'won';
  readonly amount: Money;
  readonly cost?: Money;
}
export interface LostFact extends Dated {
  readonly kind: 'lost';
  readonly reason: string;
  readonly stage: string;
  readonly value?: Money;
}
export type DealFact = OpenedFact | EnteredFact | ValuedFact | WonFact | LostFact;

export const dated = ({ occurredAt, recordedAt, id }: RecordedEvent): Dated => ({ at: occurredAt, known: recordedAt, event: id });

/** Keeps the order of time whatever the order of learning; of two facts of one instant the one learned later stands last. */
export const inTime = <Fact extends Dated>(facts: readonly Fact[], fact: Fact): readonly Fact[] => {
  let place = facts.length;
  while (place > 0 && facts[place - 1]!.at > fact.at) place--;
  return facts.toSpliced(place, 0, fact);
};

export const lastBy = <Fact extends Dated>(facts: readonly Fact[], instant: string): Fact | undefined => {
  for (let i = facts.length - 1; i >= 0; i--) if (facts[i]!.at <= instant) return facts[i];
  return undefined;
};
