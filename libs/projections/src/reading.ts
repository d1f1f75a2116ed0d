import { isDeepStrictEqual } from 'node:util';
import type { RecordedEvent } from '#event-log';
import { type PolicyHistory, type PolicyName, policyAt } from '#relationship/facts.js';
import { relationshipStream } from '#relationship/streams.js';
import { foldCustomer } from './fold.js';
import type { Projection } from './projection.js';
import { boundedStream, whileUnbuilt } from './unbuilt.js';
import type { QueryContext, TimeTravel, ViewReader } from './view-reader.js';

/** What every answer says of itself. */
export interface AnswerTimes {
  readonly asOf: string;
  /** Absent: everything known at the checkpoint. */
  readonly knownAt?: string;
  readonly policies: Readonly<Record<string, number>>;
}

export const timesOf = (context: QueryContext, { asOf, knownAt }: TimeTravel, policies: readonly PolicyName[] = []): AnswerTimes => {
  const instant = instantOf(asOf ?? context.now);
  return {
    asOf: instant,
    ...(knownAt !== undefined && { knownAt: instantOf(knownAt) }),
    policies: Object.fromEntries(policies.map((name) => [name, policyAt(context.policies, name, instant).version])),
  };
};

/**
 * Asks under the policies of these views: without the versions that a view has yet to be filled under. So what an answer computes itself goes
 * with the sums that it reads, and it names the versions that both were made under. Asks again if a view was switched meanwhile.
 */
export const underPoliciesOf = async <Answer>(
  reader: Pick<ViewReader, 'policies'>,
  views: readonly string[],
  published: () => PolicyHistory,
  ask: (policies: PolicyHistory) => Promise<Answer>,
): Promise<Answer> => {
  const filledUnder = () => Promise.all(views.map((view) => reader.policies(view)));
  for (let before = await filledUnder(); ; ) {
    const answer = await ask(before.reduce(upTo, published()));
    const after = await filledUnder();
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
export const instantOf = (time: string): string => (time.length === 10 ? `${time}T23:59:59.999Z` : time);

/** The stored document, or what it would be; with a time of its own given, the fold of the customer's stream up to it. */
export const documentAt = async <Document>(
  context: QueryContext,
  projection: Projection<Document>,
  customerId: string,
  travel: TimeTravel,
): Promise<Document | undefined> => {
  if (travel.asOf === undefined && travel.knownAt === undefined)
    return whileUnbuilt(
      context.reader.document<Document>(projection.name, customerId).then((stored) => stored?.body),
      async (notReady) => foldCustomer(projection, await boundedStream(context.log, customerId, notReady)),
    );
  const events: RecordedEvent[] = [];
  const purchases = new Map<string, string>();
  for await (const batch of context.log.readStream(relationshipStream(customerId)))
    for (const event of batch) events.push(whenTrue(event, purchases));
  return foldCustomer(projection, events, travel);
};

/**
 * Of the events of one stream in their order. An assignment is true from the instant that it names, however late it was decided or written
 * down; a return not before its purchase, whatever the clocks said. `purchases` remembers by id when they were made.
 */
function whenTrue(event: RecordedEvent, purchases: Map<string, string>): RecordedEvent {
  const { type, occurredAt } = event;
  const { from, purchaseId } = event.data as { readonly from: string; readonly purchaseId: string };
  if (type === 'curator-assigned') return { ...event, occurredAt: from };
  if (type === 'purchase-recorded') purchases.set(purchaseId, occurredAt);
  const bought = type === 'purchase-returned' ? purchases.get(purchaseId) : undefined;
  return bought !== undefined && occurredAt < bought ? { ...event, occurredAt: bought } : event;
}

export class InvalidParameter extends Error {
  override readonly name = 'InvalidParameter';
  constructor(
    readonly parameter: string,
    message: string,
  ) {
    super(`${parameter}: ${message}`);
  }
}
