import type { DomainEvent, EventLog } from '#event-log';
import { POLICY, type PolicyHistory, prefixOf } from '#relationship/read-side.js';

/** How policies are folded from their streams. */
export interface PolicyFolding {
  readonly initial: PolicyHistory;
  /** Answers the same history for an event that changes nothing. */
  apply(history: PolicyHistory, event: DomainEvent): PolicyHistory;
}

export const POLICY_PREFIX = prefixOf({ category: POLICY });

/** Remembers every publication, so that a view can be computed under the policies of any moment. */
export interface PolicyWatch {
  /** Whether it published something new. */
  take(event: DomainEvent): boolean;
  /** The last publication of each of these policies, counted from 0, −1 for none: what a build started from here on depends on. */
  revisions(names: readonly string[]): Readonly<Record<string, number>>;
  /** The policies up to these publications, others at their default. */
  at(revisions: Readonly<Record<string, number>>): PolicyHistory;
}

/** Counted apart from the revision, since a stream may hold events that publish nothing. */
interface Publication {
  readonly event: DomainEvent;
  readonly name: string;
  /** Among those of the policy, from 0. */
  readonly index: number;
}

export function createPolicyWatch({ initial, apply }: PolicyFolding): PolicyWatch {
  const published: Publication[] = [];
  let history = initial;
  const nameOf = ({ stream }: DomainEvent) => stream.slice(POLICY_PREFIX.length);
  const last = (policy: string) => published.findLast(({ name }) => name === policy);

  return {
    take(event) {
      if (event.notUnderstood !== undefined) return false;
      const name = nameOf(event);
      const before = last(name);
      if (before && event.revision <= before.event.revision) return false;
      const next = apply(history, event);
      if (next === history) return false;
      history = next;
      published.push({ event, name, index: (before?.index ?? -1) + 1 });
      return true;
    },
    revisions: (names) => Object.fromEntries(names.map((name) => [name, last(name)?.index ?? -1])),
    at: (revisions) =>
      published
        .filter(({ name, index }) => index <= (revisions[name] ?? -1))
        .reduce((policies, { event }) => apply(policies, event), initial),
  };
}

/** Everything that has been published so far. */
export async function readPolicies(log: EventLog, watch: Pick<PolicyWatch, 'take'>): Promise<void> {
  const upTo = await log.head();
  const published = log.readByStream?.({ upTo, streamPrefix: POLICY_PREFIX }) ?? log.readAll({ upTo, streamPrefix: POLICY_PREFIX });
  for await (const batch of published) for (const event of batch) watch.take(event);
}
