import type { CadencePolicy, PolicyHistory } from '#relationship/facts.js';
import { RELATIONSHIP } from '#relationship/streams.js';
import { dayName, NEVER } from '../days.js';
import { applyWith } from '../facts.js';
import { goneBy } from '../merging.js';
import { AHEAD } from '../present.js';
import type { Projection } from '../projection.js';
import { churnContributions } from './contributions.js';
import { type ChurnDocument, emptyChurn } from './document.js';
import { churnHandlers } from './handlers.js';
import { dueAfter } from './silence.js';
import { type Trace, traceOf } from './trace.js';

export const churnProjection: Projection<ChurnDocument> = {
  name: 'churn',
  category: RELATIONSHIP,
  version: 8,
  handles: Object.keys(churnHandlers),
  policies: ['cadence', 'ladder'],
  document: {
    init: emptyChurn,
    apply: applyWith<ChurnDocument>(churnHandlers),
    indexes: [],
    fields: () => ({}),
  },
  rows: {
    indexes: [['curatorId', 'contactDueDay'], [AHEAD]],
    derivations: [{ of: (churn, policies) => [traceRow(churn, policies)] }],
  },
  contributions: churnContributions,
};

/**
 * `contactDueDay` is the earliest day on which a contact can fall due under any version of the cadence norm, by what is known today: it
 * narrows a search, the trace decides, of the curator too: it is the last one assigned, who may not have begun yet.
 */
function traceRow(churn: ChurnDocument, { cadence }: PolicyHistory) {
  const trace = traceOf(churn);
  return {
    key: `${churn.customerId}|trace`,
    fields: {
      curatorId: churn.assignments.at(-1)?.curatorId ?? null,
      [AHEAD]: churn.aheadUntil ?? null,
      contactDueDay: goneBy(churn) ? NEVER : earliestDueDay(trace, cadence),
    },
    body: trace,
  };
}

function earliestDueDay({ contacts, registered }: Trace, versions: readonly { readonly document: CadencePolicy }[]): string | null {
  const since = contacts.at(-1)?.at(-1) ?? registered;
  if (since === null) return null;
  const mostPerYear = Math.max(...versions.flatMap(({ document }) => [document.existingPerYear, document.potentialPerYear]));
  return dayName(dueAfter(since, mostPerYear));
}
