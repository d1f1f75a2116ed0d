import {
  evolveRetained,
  listingFor,
  nothingRetained,
  obstaclesOf,
  type PolicyHistory,
  type Retained,
  retainedTypes,
  retentionDue,
} from '#relationship/read-side.js';
import { RELATIONSHIP } from '#relationship/streams.js';
import { calendarOf } from '../calendar.js';
import { NEVER } from '../days.js';
import { applyWith, type Handlers, type Reflected, type RelationshipEvent } from '../event-handlers.js';
import type { Contribution, Projection } from '../projection.js';
import { type Assignments, intervalsOf, withAssignment } from '../shared/assignments.js';
import { during, intersection } from '../shared/spans.js';

export interface RetentionDocument extends Retained, Reflected {
  readonly customerId: string;
  readonly assignments: Assignments;
}

/** In `listed` and `blocked`, which are compared by stores that know no truth values. */
export const YES = 1;
export const NO = 0;

/** The domain's own fold, so that the view and the decisions are of one mind. */
const handlers = Object.fromEntries(
  [...retainedTypes, 'curator-assigned' as const].map((type) => [
    type,
    (document: RetentionDocument, _: unknown, event: Parameters<typeof withAssignment>[1]): RetentionDocument => {
      const next = evolveRetained(document, event as typeof event & RelationshipEvent);
      const assignments = withAssignment(document.assignments, event);
      return assignments === document.assignments ? next : { ...next, assignments };
    },
  ]),
) as Handlers<RetentionDocument>;

export const retentionProjection: Projection<RetentionDocument> = {
  name: 'retention',
  category: RELATIONSHIP,
  version: 2,
  handles: Object.keys(handlers),
  policies: ['retention'],
  document: {
    init: (customerId, correctedAt) => ({
      ...{ customerId, revision: -1, assignments: [], ...nothingRetained },
      ...(correctedAt !== undefined && { correctedAt }),
    }),
    apply: applyWith<RetentionDocument>(handlers),
    indexes: [
      ['listed', 'listOn'],
      ['listed', 'blocked', 'eraseOn'],
      ['listed', 'eraseOn', 'curatorId'],
    ],
    fields(document, policies) {
      const due = retentionDue(document, policies);
      const listing = listingFor(document, due, policies);
      return {
        listed: listing ? YES : NO,
        blocked: obstaclesOf(document).length > 0 ? YES : NO,
        /** Null where no rule applies. */
        listOn: due?.listOn ?? null,
        eraseOn: listing?.eraseOn ?? null,
        curatorId: document.assignments.at(-1)?.curatorId ?? null,
      };
    },
  },
  contributions: [{ of: listed }],
  measures: { listed: ['curator'] },
};

/** Credit where nobody answers. */
const NOBODY = 'none';

/** A customer who is listed counts for whoever is responsible then; one who was taken off the list since does no more. */
function listed(document: RetentionDocument, policies: PolicyHistory): readonly Contribution[] {
  const listing = listingFor(document, retentionDue(document, policies), policies);
  if (listing === undefined) return [];
  const { dayNumber } = calendarOf(policies);
  const found: Contribution[] = [];
  const curators = intervalsOf(document.assignments);
  const holders = [{ curatorId: NOBODY, from: undefined, to: curators[0]?.from ?? NEVER }, ...curators];
  for (const [place, { curatorId: curator, from, to }] of holders.entries()) {
    const days = intersection(
      { from: dayNumber(listing.at), to: Number.POSITIVE_INFINITY },
      {
        from: from === undefined ? Number.NEGATIVE_INFINITY : dayNumber(from),
        to: to === NEVER ? Number.POSITIVE_INFINITY : dayNumber(to),
      },
    );
    if (days) during(found, { measure: 'listed', curator }, days, listing.event, curators[place]?.event);
  }
  return found;
}
