/** Integer minor units and an ISO 4217 code; never added across currencies. */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

export interface AcquisitionMethod {
  readonly source: string;
  readonly medium?: string;
  readonly campaign?: string;
  readonly referrer?: string;
}
