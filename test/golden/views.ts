/** The members of the answers that are compared, as the HTTP edge gives them. */

export interface Event {
  readonly type: string;
  readonly stream: string;
  readonly occurredAt: string;
  readonly position: string;
  readonly source?: { readonly system: string; readonly id: string };
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Counted {
  readonly amount: number;
}

export interface ChurnView {
  readonly customers: Counted;
  readonly purchases: Counted;
  readonly revenue: Readonly<Record<string, Counted>>;
  readonly contactsByChannel: Readonly<Record<string, Counted>>;
}

export interface Outcome {
  readonly key?: string | null;
  readonly opened: number;
  readonly converted: number;
  readonly won: number;
  readonly lost: number;
  readonly winRate: number | null;
  readonly closeRate: number | null;
  readonly wonAmount: readonly { readonly minor: number; readonly currency: string }[];
  readonly wonBeforeOpened: number;
}

export interface FunnelView {
  readonly stages: readonly { readonly stage: string; readonly inStage: number }[];
  readonly overall: Outcome;
}

export interface ConversionView {
  readonly groups: readonly Outcome[];
  readonly overall: Outcome;
}

export interface Durations {
  readonly count: number;
  readonly mean: number | null;
  readonly median: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly negative: number;
}

export interface FoundCustomer {
  readonly customerId: string;
  readonly displayName: string | null;
}

export const inStage = (funnel: FunnelView, stage: string) => funnel.stages.find((one) => one.stage === stage)?.inStage;

/** In whole units of the only currency. */
export const wonValue = ({ wonAmount }: Outcome) => (wonAmount.length === 1 ? wonAmount[0]!.minor / 100 : undefined);

/** How many are left over when one of each is taken away. */
export const repeatedOf = (keys: readonly string[]) => keys.length - new Set(keys).size;
export const distinctOf = (keys: readonly unknown[]) => new Set(keys).size;
