import type { Configuration } from '#platform';

export type ProjectorWorkerData = Pick<Configuration, 'eventLogUrl' | 'readModelsUrl' | 'logLevel'>;
export type RelayWorkerData = Required<Pick<Configuration, 'eventLogUrl' | 'logLevel' | 'kafka'>>;
export type FromWorker = 'running';
export type ToWorker = 'stop';
