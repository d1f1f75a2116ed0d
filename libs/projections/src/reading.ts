import { isDeepStrictEqual } from 'node:util';
import type { DomainEvent } from '#event-log';
import { type PolicyHistory, type PolicyName, policyAt, policyNames } from '#relationship/read-side.js';
import { relationshipStream } from '#relationship/streams.js';
import { type Calendar, calendarOf } from './calendar.js';
import type { Reflected } from './event-handlers.js';
import { foldCustomer } from './fold.js';
import { type Projection, policiesOf } from './projection.js';
import { boundedStream, whileUnbuilt } from './unbuilt.js';
import type { QueryContext, TimeTravel, ViewReader } from './view-reader.js';
import { projections } from './views.js';

/** What every answer says of itself. */
export interface AnswerTimes {
  readonly asOf: string;
  /** Absent: everything known at the checkpoint. */
  readonly knownAt?: string;
  /** Of the days; absent: UTC. */
  readonly zone?: string;
  readonly policies: Readonly<Record<string, number>>;
}

/**
 * Begins an answer: its times, and the context to ask in, which notes each policy that is looked up and those that sums and rows were built
 * under. So an answer names the policies that it was made with, and nobody lists them.
 */
export const answering = (
  given: QueryContext,
  { asOf, knownAt }: TimeTravel,
): { readonly context: QueryContext; readonly times: AnswerTimes } => {
  const calendar = calendarOf(given.policies);
  const instant = instantOf(asOf ?? given.now, calendar);
  const policies: Record<string, number> = {};
  const used = (name: PolicyName): void => {
    if (name in policies) return;
    const { version } = policyAt(given.policies, name, instant);
    // The days of every answer are by it: it is named once there is one that is not the default.
    if (name === 'company' && version === 1) return;
    const known = { ...policies, [name]: version };
    // In the order of the names, whichever is asked for first.
    for (const each of Object.keys(known).sort()) {
      Reflect.deleteProperty(policies, each);
      policies[each] = known[each]!;
    }
  };
  used('company');
  return {
    context: { ...given, policies: notingLookUps(given.policies, used), reader: notingReads(given.reader, used) },
    times: {
      asOf: instant,
      ...(knownAt !== undefined && { knownAt: instantOf(knownAt, calendar) }),
      ...(calendar.tz !== undefined && { zone: calendar.zone }),
      policies,
    },
  };
};

type Used = (name: PolicyName) => void;

const notingLookUps = (history: PolicyHistory, used: Used): PolicyHistory => {
  const look = (name: PolicyName) => {
    used(name);
    return history[name];
  };
  return Object.defineProperties(
    {},
    Object.fromEntries(policyNames.map((name) => [name, { get: () => look(name), enumerable: true }])),
  ) as PolicyHistory;
};

const policiesOfView = new Map(projections.map((projection) => [projection.name, policiesOf(projection)]));

/** A document itself is folded without policies. */
const notingReads = (reader: ViewReader, used: Used): ViewReader => {
  const read = (view: string): ViewReader => {
    policiesOfView.get(view)?.forEach(used);
    return reader;
  };
  return {
    document: (view, customerId) => reader.document(view, customerId),
    documents: (view, query) => read(view).documents(view, query),
    count: (view, of, conditions) => read(view).count(view, of, conditions),
    rows: (view, query) => read(view).rows(view, query),
    entries: (view, query) => read(view).entries(view, query),
    totals: (view, query) => read(view).totals(view, query),
    contributors: (view, query) => read(view).contributors(view, query),
    added: (view, customerId, series) => read(view).added(view, customerId, series),
    parked: (view, customerId) => reader.parked(view, customerId),
    checkpoint: (view) => read(view).checkpoint(view),
    contents: (view) => reader.contents(view),
    policies: (view) => reader.policies(view),
    waitFor: (view, position, timeoutMs) => reader.waitFor(view, position, timeoutMs),
    kept: (name, make) => reader.kept(name, make),
  };
};

/**
 * Asks under the policies of these views: without the versions that a view is not built under yet. So what an answer computes itself goes
 * with the sums that it reads, and it names the versions that both were made under. Asks again if a view was switched meanwhile.
 */
export const underPoliciesOf = async <Answer>(
  reader: Pick<ViewReader, 'policies'>,
  views: readonly string[],
  published: () => PolicyHistory,
  ask: (policies: PolicyHistory) => Promise<Answer>,
): Promise<Answer> => {
  const builtUnder = () => Promise.all(views.map((view) => reader.policies(view)));
  for (let before = await builtUnder(); ; ) {
    const answer = await ask(before.reduce(upTo, published()));
    const after = await builtUnder();
    if (isDeepStrictEqual(after, before)) return answer;
    before = after;
  }
};

/** Publication 0 of a policy is version 2, for version 1 is the default. */
function upTo(history: PolicyHistory, publications: Readonly<Record<string, number>>): PolicyHistory {
  const names = (Object.keys(publications) as PolicyName[]).filter((name) => publications[name]! + 2 < history[name].length);
  if (names.length === 0) return history;
  return { ...history, ...Object.fromEntries(names.map((name) => [name, history[name].slice(0, publications[name]! + 2)])) };
}

/** A day counts to its end. */
export const instantOf = (time: string, { endOfDay }: Calendar): string => (time.length === 10 ? endOfDay(time) : time);

/** A day counts from its start. */
export const firstInstantOf = (time: string, { startOfDay }: Calendar): string => (time.length === 10 ? startOfDay(time) : time);

/** What is so at an instant, now when none is given: the stored document where it says just that, else the fold of the customer's stream. */
export const documentAt = async <Document extends Reflected>(
  context: QueryContext,
  projection: Projection<Document>,
  customerId: string,
  { asOf, knownAt }: TimeTravel,
): Promise<Document | undefined> => {
  const calendar = calendarOf(context.policies);
  const travel = {
    asOf: instantOf(asOf ?? context.now, calendar),
    ...(knownAt !== undefined && { knownAt: instantOf(knownAt, calendar) }),
  };
  if (asOf !== undefined || knownAt !== undefined) return foldCustomer(projection, await eventsOf(context, customerId, travel), travel);
  const stored = await storedDocument(context, projection, customerId);
  if (stored?.aheadUntil === undefined || stored.aheadUntil <= context.now) return stored;
  const now = foldCustomer(projection, await eventsOf(context, customerId, travel), travel);
  return now && { ...now, revision: stored.revision };
};

/** All that is known, or was known at an instant, whenever it is true. */
export const documentKnownAt = async <Document>(
  context: QueryContext,
  projection: Projection<Document>,
  customerId: string,
  knownAt?: string,
): Promise<Document | undefined> => {
  if (knownAt === undefined) return storedDocument(context, projection, customerId);
  const travel = { knownAt: instantOf(knownAt, calendarOf(context.policies)) };
  return foldCustomer(projection, await eventsOf(context, customerId, travel), travel);
};

/** Or what it would be, while it is not built. */
const storedDocument = <Document>({ reader, log }: QueryContext, projection: Projection<Document>, customerId: string) =>
  whileUnbuilt(
    reader.document<Document>(projection.name, customerId).then((stored) => stored?.body),
    async (notReady) => foldCustomer(projection, await boundedStream(log, customerId, notReady)),
  );

const eventsOf = async ({ log, history }: QueryContext, customerId: string, { knownAt }: TimeTravel): Promise<readonly DomainEvent[]> => {
  if (history) return history(customerId, knownAt);
  const events: DomainEvent[] = [];
  for await (const batch of log.readStream(relationshipStream(customerId))) events.push(...batch);
  return events;
};

export class InvalidParameter extends Error {
  override readonly name = 'InvalidParameter';
  constructor(
    readonly parameter: string,
    message: string,
  ) {
    super(`${parameter}: ${message}`);
  }
}
