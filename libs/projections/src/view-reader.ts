import type { DomainEvent, EventLog, Position } from '#event-log';
import type { Conditions, FindQuery, Page, Scalar, StoredDocument, Total, TotalsQuery } from '#read-models';
import type { PolicyHistory } from '#relationship/read-side.js';
import type { Entry } from './projection.js';

/** An integer that counts from a day, as learned on a day. */
export type Added = readonly [day: string, known: string, amount: number];

/** Entries of one customer. */
export interface EntriesQuery {
  readonly customerId: string;
  readonly keys: { readonly lt: string } & (
    | { readonly gte: string; readonly gt?: undefined }
    | { readonly gt: string; readonly gte?: undefined }
  );
  /** Of the keys. */
  readonly order: 'asc' | 'desc';
  readonly where?: Readonly<Record<string, Scalar>>;
  /** Inclusive, by field; matches no null. */
  readonly atMost?: Readonly<Record<string, string>>;
  /** 1 to 1000. */
  readonly limit: number;
}

/** A customer, or another subject, with an event that a view cannot apply: its later events wait, those of all others do not. */
export interface ParkedSubject {
  readonly view: string;
  /** Id of the customer, or of the other record that the view is about. */
  readonly subject: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly position: Position;
  /** Why the event is not understood, or name of the error and its place in the code. Never its message, which may quote what a customer wrote. */
  readonly error: string;
}

/** Reads the live version of each view, whichever collections it has. */
export interface ViewReader {
  document<Document>(view: string, customerId: string): Promise<StoredDocument<Document> | undefined>;
  documents<Document>(view: string, query: FindQuery): Promise<Page<Document>>;
  /** How many match. */
  count(view: string, of: 'documents' | 'rows', conditions: Conditions): Promise<number>;
  rows<Body>(view: string, query: FindQuery): Promise<Page<Body>>;
  entries(view: string, query: EntriesQuery): Promise<readonly Entry[]>;
  totals(view: string, query: TotalsQuery): Promise<readonly Total[]>;
  /** Ids of customers whom the series ever counted, in their order. */
  contributors(
    view: string,
    query: { readonly series: string; readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly customers: readonly string[]; readonly next?: string }>;
  /** What the events of a customer ever added to the series. */
  added(view: string, customerId: string, series: string): Promise<readonly Added[]>;
  /** The event at which the view is stopped for this customer, and why; undefined where it is not, or is not built. */
  parked(view: string, customerId: string): Promise<ParkedSubject | undefined>;
  checkpoint(view: string): Promise<Position>;
  /** Another name whenever the view changes without an event: another build answers, or a customer was refolded. */
  contents(view: string): Promise<string>;
  /** The last publication of each policy that the view was built under, counted from 0, -1 for the default; none before it is built. */
  policies(view: string): Promise<Readonly<Record<string, number>>>;
  /** Whether the view reached the position within the time. */
  waitFor(view: string, position: Position, timeoutMs: number): Promise<boolean>;
  /** What those who ask share under a name, made once: for what is read of a whole company. */
  kept<Value>(name: string, make: () => Value): Value;
}

/** What every query function gets besides its parameters. */
export interface QueryContext {
  readonly reader: ViewReader;
  readonly log: Pick<EventLog, 'readStream' | 'readAll' | 'head'>;
  /** What another time is folded from, recorded by an instant; the customer's stream where absent. */
  readonly history?: (customerId: string, knownAt?: string) => Promise<readonly DomainEvent[]>;
  readonly policies: PolicyHistory;
  /** The present instant, ISO 8601 UTC; used as `asOf` where none is given. */
  readonly now: string;
  /** What is kept of a view is not older, nor is the view itself. */
  readonly minPosition?: Position;
}

/** Bitemporal parameters: what was true then, and what we knew then. Instants, ISO 8601 UTC. */
export interface TimeTravel {
  readonly asOf?: string;
  readonly knownAt?: string;
}
