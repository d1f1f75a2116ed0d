import type { Decimal128, Long } from 'mongodb';
import type { Scalar } from '../read-model-store.js';

/**
 * A document as it lies in MongoDB. `q` is the number of the commit that wrote it: what another commit of the same or a lower number would
 * do to it has been done, or is too late. The body is JSON text, so that it comes back as it was.
 */
export interface Laid {
  readonly _id: string;
  readonly q: number;
  /** Position. */
  readonly p: string;
  readonly f: Readonly<Record<string, Scalar>>;
  readonly b: string;
  /** When it was deleted. Kept for an hour, so that a late writer cannot bring it back. */
  readonly gone?: Date;
}

export interface LaidTotal {
  readonly _id: string;
  readonly q: number;
  readonly series: string;
  readonly day: string;
  readonly known: string;
  readonly amount: number | Long | Decimal128;
}

/** The sum of a month of days, beside these: a long range is summed from months. */
export interface LaidMonth {
  readonly _id: string;
  readonly q: number;
  /** Not `series`, so that no search of days comes across it. */
  readonly seriesOfMonth: string;
  readonly month: string;
  readonly amount: LaidTotal['amount'];
}

/** What each projection has come to, and what it is in the middle of. */
export interface LaidState {
  readonly _id: string;
  readonly position: string;
  /** Of the last commit. */
  readonly q: number;
  readonly pending?: Pending | null;
}

export interface Pending {
  readonly attempt: string;
  readonly position: string;
  readonly q: number;
}

/** One piece of what a commit does, kept until it is done. */
export interface LaidWork {
  readonly _id: string;
  readonly attempt: string;
  readonly work: string;
}

export const STATES = '_projections';
export const WORK = '_work';
export const CATALOGUE = '_collections';
export const SETTINGS = '_settings';
export const LEASE = '_lease';
export const DELETED_SECONDS = 3_600;

export const fieldPath = (field: string): string => (field === 'key' ? '_id' : `f.${field}`);
export const totalId = (series: string, day: string, known: string): string => `${series}\n${day}\n${known}`;
export const monthId = (series: string, month: string): string => `${series}\n${month}`;
