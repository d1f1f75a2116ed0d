import { appliesTo, type PolicyHistory } from '#relationship/read-side.js';
import { RELATIONSHIP } from '#relationship/streams.js';
import { type Calendar, calendarOf } from '../calendar.js';
import { dayName, NEVER } from '../days.js';
import { applyWith } from '../event-handlers.js';
import { AHEAD } from '../present.js';
import type { Projection } from '../projection.js';
import { departureOf } from '../shared/departure.js';
import { rolesInTime, USUAL_ROLE } from '../shared/roles.js';
import { churnContributions, churnMeasures } from './contributions.js';
import { type ChurnDocument, emptyChurn } from './document.js';
import { churnHandlers } from './handlers.js';
import { dueAfter } from './silence.js';

export const churnProjection: Projection<ChurnDocument> = {
  name: 'churn',
  category: RELATIONSHIP,
  version: 10,
  handles: Object.keys(churnHandlers),
  policies: ['cadence', 'ladder'],
  document: {
    init: emptyChurn,
    apply: applyWith<ChurnDocument>(churnHandlers),
    indexes: [['curatorId', 'contactDueDay'], [AHEAD]],
    fields,
  },
  contributions: churnContributions,
  measures: churnMeasures,
};

/**
 * `contactDueDay` is the earliest day on which a contact can fall due under any version of the cadence norm, by what is known today: it
 * narrows a search, the document decides, of the curator too: it is the last one assigned, whose assignment may be in the future.
 */
function fields(churn: ChurnDocument, policies: PolicyHistory) {
  return {
    curatorId: churn.assignments.at(-1)?.curatorId ?? null,
    [AHEAD]: churn.aheadUntil ?? null,
    contactDueDay: departureOf(churn) ? NEVER : earliestDueDay(churn, policies.cadence, calendarOf(policies)),
  };
}

function earliestDueDay(churn: ChurnDocument, cadence: PolicyHistory['cadence'], { dayNumber }: Calendar): string | null {
  const since = churn.contacts.at(-1)?.at(-1) ?? churn.registered;
  if (since === null) return null;
  const role = rolesInTime(churn).at(-1)?.role ?? USUAL_ROLE;
  const versions = cadence.filter(({ document }) => appliesTo(document, role));
  if (versions.length === 0) return NEVER;
  const mostPerYear = Math.max(...versions.flatMap(({ document }) => [document.existingPerYear, document.potentialPerYear]));
  return dayName(dueAfter(dayNumber(since.at), mostPerYear));
}
