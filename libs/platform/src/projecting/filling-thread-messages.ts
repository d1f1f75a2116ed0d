import type { StreamShare } from '#event-log';
import type { Filling, ParkedCustomer } from '#projections/runner/index.js';

export interface FillingThreadData {
  readonly eventLogUrl: string;
  readonly readModelsUrl: string;
  readonly filling: Filling;
  readonly share: StreamShare;
}
/** Events that were folded since the last time; at the end who is parked. */
export type FromFillingThread = number | readonly ParkedCustomer[];
export type ToFillingThread = 'stop';
