import type { Configuration } from '#platform';
import type { RelayProgress } from '#streaming';
import type { ViewQuestion } from '../views/answer-view.js';
import type { ShownAnswer } from '../views/view-definition.js';

export type CommandsWorkerData = Pick<Configuration, 'eventLogUrl' | 'keyStoreUrl' | 'subjectKeys' | 'logLevel'>;
export interface CommandsReport {
  /** How long appends took. */
  readonly seconds: readonly number[];
  /** Keys of stored fingerprints that are not in the key store. */
  readonly missingKeys?: readonly string[];
  /** The secret of the fingerprints could be neither read nor made. */
  readonly withoutSecret?: true;
}
export type ViewsWorkerData = Pick<Configuration, 'eventLogUrl' | 'readModelsUrl' | 'subjectKeys' | 'accessLogUrl' | 'logLevel'>;
export type AccessLogWorkerData = Pick<Configuration, 'accessLogUrl'>;
export interface ViewsRequest {
  /** Of the view. */
  readonly name: string;
  readonly question: ViewQuestion;
}
export interface ViewsAnswer extends Omit<ShownAnswer, 'body'> {
  /** The body, or the table of it that was asked for. */
  readonly text: string;
}
export type ProjectorWorkerData = Pick<Configuration, 'eventLogUrl' | 'readModelsUrl' | 'subjectKeys' | 'logLevel'>;
export type ProcessesWorkerData = Pick<
  Configuration,
  'dataFolder' | 'eventLogUrl' | 'readModelsUrl' | 'subjectKeys' | 'kafka' | 'logLevel'
>;
/** Name of the error that the views wait for, if they do. */
export interface ProjectorReport {
  readonly stalledBy: string | undefined;
}
/** What was published since the last report; or that another relay publishes now. */
export type RelayReport = RelayProgress | 'stands by';
export type RelayWorkerData = Required<Pick<Configuration, 'eventLogUrl' | 'subjectKeys' | 'logLevel' | 'kafka'>>;
/**
 * What a thread reports: that it runs; that it is interrupted, by an error of a name, as what it needs is away, and continues by itself; that it cannot
 * start, for an error of a name; or what is its own.
 */
export type ThreadNews =
  | 'running'
  | { readonly interrupted: string }
  | { readonly cannotStart: string; readonly error?: string }
  | { readonly report: unknown };
