import type { DomainEvent } from '#event-log';
import type { Since } from '#relationship/read-side.js';
import type { Money } from '../money.js';

/** Instants: `at` when it was true, `known` when we learned it. */
export interface Dated extends Since {
  readonly known: string;
  readonly event: string;
}
export interface Learned extends Dated {
  readonly value: string;
}

export interface OpenedEvent extends Dated {
  readonly kind: 'opened';
  readonly stage: string;
  readonly funnelVersion: number;
  readonly curatorId?: string;
  readonly source?: string;
  readonly value?: Money;
  readonly labels?: Readonly<Record<string, string>>;
}
export interface EnteredEvent extends Dated {
  readonly kind: 'entered' | 'reopened';
  readonly stage: string;
}
export interface ValuedEvent extends Dated {
  readonly kind: 'valued';
  readonly value: Money;
}
export interface WonEvent extends Dated {
  readonly kind: 'won';
  readonly amount: Money;
  readonly cost?: Money;
}
export interface LostEvent extends Dated {
  readonly kind: 'lost';
  readonly reason: string;
  readonly stage: string;
  readonly value?: Money;
}
/** To another curator. */
export interface ReassignedEvent extends Dated {
  readonly kind: 'reassigned';
  readonly curatorId: string;
}
export type DealEvent = OpenedEvent | EnteredEvent | ValuedEvent | WonEvent | LostEvent | ReassignedEvent;

export const dated = ({ occurredAt, recordedAt, id }: DomainEvent): Dated => ({ at: occurredAt, known: recordedAt, event: id });
