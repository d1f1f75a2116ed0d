import type { Configuration } from '#platform';

export type ProjectorWorkerData = Pick<Configuration, 'eventLogUrl' | 'readModelsUrl' | 'logLevel'>;
export type RelayWorkerData = Required<Pick<Configuration, 'eventLogUrl' | 'logLevel' | 'kafka'>>;
/** A question by its number, and its answer. */
export interface Asked {
  readonly number: number;
  readonly request: unknown;
}
export type Answered = { readonly number: number } & ({ readonly answer: unknown } | { readonly failure: unknown });
/** Interrupted: what it needs is away, and it goes on by itself. */
export type FromWorker = 'running' | 'interrupted' | Answered;
export type ToWorker = 'stop' | Asked;
