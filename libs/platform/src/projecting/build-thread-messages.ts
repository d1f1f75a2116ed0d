import type { StreamShare } from '#event-log';
import type { BuildTask } from '#projections/runner/index.js';
import type { LogEngines } from '../privacy/open-letopis-log.js';

export interface BuildThreadData extends LogEngines {
  readonly readModelsUrl: string;
}

/** What a thread is asked for once; it answers `BuiltShares`, and tells beside how many events it has folded since it last told. */
export interface BuildRequest {
  readonly task: BuildTask;
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
