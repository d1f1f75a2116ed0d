import { type ChannelsPolicy, policyAt } from '../policies/policy.js';
import type { DecisionContext } from './decider.js';
import { getId, type IdMap } from './id-map.js';
import { type RejectionCode, reject } from './rejections.js';
import { CLOCK_TOLERANCE_MS, isBeyondTolerance, millisBetween } from './time.js';
import type { Since } from './valid-time.js';

/** What several decisions ask. Each of them answers, or rejects. */

export const mustBeNew = (items: IdMap<unknown>, id: string, code: RejectionCode, what: string): void => {
  if (getId(items, id) !== undefined) reject(code, `${what} ${id} already exists; use another id.`, { id });
};

/**
 * Whether a command that says what holds at its instant has nothing to record. What was true before now is recorded though it confirms what
 * is known, unless it was recorded of that very instant: something else may yet be learned of the time in between.
 */
export const isAlreadySo = (held: Since, { now, occurredAt }: DecisionContext): boolean => occurredAt >= now || held.at === occurredAt;

export const mustExist = <Item>(items: IdMap<Item>, id: string, code: RejectionCode, what: string): Item =>
  getId(items, id) ?? reject(code, `The customer has no ${what} ${id}.`, { id });

export const mustHaveHappened = ({ occurredAt, now }: DecisionContext): void => {
  if (isBeyondTolerance(occurredAt, now))
    reject(
      'occurred-in-future',
      `occurredAt ${occurredAt} is more than ${CLOCK_TOLERANCE_MS / 60_000} minutes after the current time, ${now}.`,
      {
        occurredAt,
        now,
      },
    );
};

/** Plans are made for the future; an import also brings those that the past had. */
export const mustLieAhead = (plannedFor: string, { now, actor }: DecisionContext): void => {
  if (actor.kind !== 'import' && millisBetween(plannedFor, now) > CLOCK_TOLERANCE_MS)
    reject('planned-in-past', `${plannedFor} is before the current time, ${now}; for a contact that took place use record-contact.`, {
      plannedFor,
      now,
    });
};

/** Judged as of `occurredAt`, so that what was given to a curator who has left since stays recordable. */
export const mustWorkHere = (curatorId: string | null | undefined, { curator, occurredAt }: DecisionContext): void => {
  if (!curatorId) return;
  const known = curator(curatorId, occurredAt);
  if (known === 'unknown') reject('curator-unknown', `Curator ${curatorId} does not exist; register the curator first.`, { curatorId });
  if (known === 'departing') reject('curator-departing', `Curator ${curatorId} is leaving; name another curator.`, { curatorId });
  if (known === 'departed') reject('curator-departed', `Curator ${curatorId} had left by ${occurredAt}.`, { curatorId });
};

export const mustRunForwards = (from: string, until: string | undefined): void => {
  if (until !== undefined && until <= from)
    reject('period-reversed', `The period starts at ${from} and ends at ${until}; the end must be later than the start.`, { from, until });
};

const channelsAt = (context: DecisionContext): ChannelsPolicy => policyAt(context.policies, 'channels', context.occurredAt).document;

export const mustBeKnownChannel = (channel: string, context: DecisionContext): void => {
  const { channels } = channelsAt(context);
  if (!channels.includes(channel)) reject('channel-unknown', `The channel must be one of ${channels.join(', ')}.`, { known: channels });
};

export const mustBeKnownPurpose = (purpose: string | undefined, context: DecisionContext): void => {
  const { purposes } = channelsAt(context);
  if (purpose !== undefined && !purposes.includes(purpose))
    reject('purpose-unknown', `The purpose must be one of ${purposes.join(', ')}.`, { known: purposes });
};
