import type { Configuration } from '#platform';

export type ProjectorWorkerData = Pick<Configuration, 'eventLogUrl' | 'readModelsUrl' | 'logLevel'>;
export type RelayWorkerData = Required<Pick<Configuration, 'eventLogUrl' | 'logLevel' | 'kafka'>>;
/** Interrupted: what it needs is away, and it goes on by itself. */
export type FromWorker = 'running' | 'interrupted';
export type ToWorker = 'stop';
