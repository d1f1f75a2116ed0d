import type { StreamShare } from '#event-log';
import type { FilledShares, Filling } from '#projections/runner/index.js';

export interface FillingThreadData {
  readonly eventLogUrl: string;
  readonly readModelsUrl: string;
  readonly filling: Filling;
  readonly shares: SharesOfTeam;
}

/** Of the streams, many more than there are threads: whoever is done with one takes the next, so that all end together. */
export interface SharesOfTeam {
  /** One number in shared memory: how many have been taken. */
  readonly taken: Int32Array;
  readonly of: number;
}

export function* sharesTaken({ taken, of }: SharesOfTeam): Iterable<StreamShare> {
  for (let index = Atomics.add(taken, 0, 1); index < of; index = Atomics.add(taken, 0, 1)) yield { index, of };
}

/** Events that were folded since the last time; at the end what is left. */
export type FromFillingThread = number | FilledShares;
export type ToFillingThread = 'stop';
