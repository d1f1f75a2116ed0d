import type { EventLog, RecordedEvent } from '#event-log';
import { POLICY, type PolicyHistory, prefixOf } from '#relationship/facts.js';

/** How policies are folded from their streams. */
export interface PolicyFolding {
  readonly initial: PolicyHistory;
  /** Answers the same history for an event that changes nothing. */
  apply(history: PolicyHistory, event: RecordedEvent): PolicyHistory;
}

export const POLICY_PREFIX = prefixOf({ category: POLICY });

/** Remembers every publication, so that a view can be computed under the policies of any moment. */
export interface PolicyWatch {
  /** Whether it published something new. */
  take(event: RecordedEvent): boolean;
  /** The revisions of these policies now: what an instance filled from here on depends on. */
  revisions(names: readonly string[]): Readonly<Record<string, number>>;
  /** The policies at these revisions, others at their default. */
  at(revisions: Readonly<Record<string, number>>): PolicyHistory;
}

export function createPolicyWatch({ initial, apply }: PolicyFolding): PolicyWatch {
  const published: RecordedEvent[] = [];
  let history = initial;
  const nameOf = ({ stream }: RecordedEvent) => stream.slice(POLICY_PREFIX.length);
  const last = (name: string) => published.findLast((event) => nameOf(event) === name)?.revision ?? -1;

  return {
    take(event) {
      if (event.revision <= last(nameOf(event))) return false;
      const next = apply(history, event);
      if (next === history) return false;
      history = next;
      published.push(event);
      return true;
    },
    revisions: (names) => Object.fromEntries(names.map((name) => [name, last(name)])),
    at: (revisions) => published.filter((event) => event.revision <= (revisions[nameOf(event)] ?? -1)).reduce(apply, initial),
  };
}

/** Everything that has been published so far. */
export async function readPolicies(log: EventLog, watch: Pick<PolicyWatch, 'take'>): Promise<void> {
  const upTo = await log.head();
  const published = log.readByStream?.({ upTo, streamPrefix: POLICY_PREFIX }) ?? log.readAll({ upTo, streamPrefix: POLICY_PREFIX });
  for await (const batch of published) for (const event of batch) watch.take(event);
}
