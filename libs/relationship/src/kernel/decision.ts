import { inPolicy, named, policyAt } from '../policies/policy.js';
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

/** Plans are made for the future, as seen from the day on which they were made; an import also brings those that the past had. */
export const mustLieAhead = (plannedFor: string, { occurredAt, actor }: DecisionContext): void => {
  if (actor.kind !== 'import' && millisBetween(plannedFor, occurredAt) > CLOCK_TOLERANCE_MS)
    reject(
      'planned-in-past',
      `The contact is planned for ${plannedFor}, which is before ${occurredAt}, when it was planned; for a plan that was made earlier give its occurredAt, for a contact that took place use record-contact.`,
      { plannedFor, occurredAt },
    );
};

/** Judged as of `occurredAt`, so that what was given to a curator who has left since stays recordable. */
export const mustWorkHere = (curatorId: string | null | undefined, context: DecisionContext): void => {
  mustHaveWorkedHere(curatorId, context);
  if (curatorId && context.curator(curatorId, context.occurredAt) === 'departing')
    reject('curator-departing', `Curator ${curatorId} is leaving; name another curator.`, { curatorId });
};

/** Of whoever is named for what was done, also after having left. */
export const mustBeKnownCurator = (
  curatorId: string | null | undefined,
  { curator, occurredAt }: Pick<DecisionContext, 'curator' | 'occurredAt'>,
): void => {
  if (curatorId && curator(curatorId, occurredAt) === 'unknown')
    reject('curator-unknown', `Curator ${curatorId} does not exist; register the curator first.`, { curatorId });
};

/** Of whoever had a contact: one who was leaving still did, one who had left by then did not. */
export const mustHaveWorkedHere = (curatorId: string | null | undefined, context: DecisionContext): void => {
  mustBeKnownCurator(curatorId, context);
  if (curatorId && context.curator(curatorId, context.occurredAt) === 'departed')
    reject('curator-departed', `Curator ${curatorId} had left by ${context.occurredAt}.`, { curatorId });
};

export const mustRunForwards = (from: string, until: string | undefined): void => {
  if (until !== undefined && until <= from)
    reject('period-reversed', `The period starts at ${from} and ends at ${until}; the end must be later than the start.`, { from, until });
};

export const mustBeKnownChannel = (channel: string, { policies, occurredAt }: DecisionContext): void => {
  const version = policyAt(policies, 'channels', occurredAt);
  const { channels } = version.document;
  if (!channels.includes(channel))
    reject('channel-unknown', `The channel must be one of ${channels.join(', ')}${inPolicy(version)}.`, {
      known: channels,
      ...named(version),
    });
};

export const mustBeKnownPurpose = (purpose: string | undefined, { policies, occurredAt }: DecisionContext): void => {
  const version = policyAt(policies, 'channels', occurredAt);
  const { purposes } = version.document;
  if (purpose !== undefined && !purposes.includes(purpose))
    reject('purpose-unknown', `The purpose must be one of ${purposes.join(', ')}${inPolicy(version)}.`, {
      known: purposes,
      ...named(version),
    });
};
