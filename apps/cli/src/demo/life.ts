import type { Chance } from './chance.js';
import type { Company, PastCommand } from './company.js';

/** What every part of a life writes into. Commands may be written in any order; they are sorted by instant at the end. */
export interface Life {
  readonly chance: Chance;
  readonly company: Company;
  readonly number: number;
  readonly customerId: string;
  readonly bornAt: number;
  readonly organisation: boolean;
  /** When the customer stops being reachable by e-mail, if ever. */
  readonly noEmailFrom: number;
  readonly email: boolean;
  curatorAt(at: number): string;
  /** Id of a thing of this customer, e.g. `thing('deal', 2)`. */
  thing(...parts: (string | number)[]): string;
  /** `actor` defaults to the curator then. */
  say(at: number, name: string, body: Record<string, unknown>, actor?: PastCommand['actor']): void;
  /** Recorded some days after it was true, as curators on the road do. */
  sayLate(at: number, occurredAt: number, name: string, body: Record<string, unknown>): void;
}

export const iso = (at: number): string => new Date(at).toISOString();
