import type { DomainEvent } from '#event-log';
import { commandRemembered } from '#event-log/deciding/command-remembered.js';
import { evolveAccess } from '#relationship/access.js';
import { idEntries } from '#relationship/kernel/id-map.js';
import { relationshipEventTypes } from '#relationship/read-side.js';
import { RELATIONSHIP } from '#relationship/streams.js';
import { NEVER } from '../days.js';
import { applyWith } from '../event-handlers.js';
import { AHEAD } from '../present.js';
import type { Derivation, Projection, Row } from '../projection.js';
import { dealingsHandlers } from './dealings.js';
import { detailsOf } from './details.js';
import { type CardDocument, emptyCard, type KnownIdentifier } from './document.js';
import { type IdentifierInterval, identifierIntervals } from './identifiers.js';
import { identityHandlers } from './identity.js';
import { countryOf, foldName, normalisedIdentifier } from './normalise.js';

const moved = (card: CardDocument): CardDocument => card;

const handlers = {
  /** Whatever else is in the stream moves the revision, which is the ETag of the record. */
  ...Object.fromEntries([commandRemembered.type, ...relationshipEventTypes].map((type) => [type, moved])),
  ...identityHandlers,
  ...dealingsHandlers,
};

const handled = applyWith<CardDocument>(handlers);

/** What `handled` made nobody has seen yet, so it need not be copied once more. */
function applied(card: CardDocument, event: DomainEvent): CardDocument {
  const next = handled(card, event);
  if (next === card) return card;
  return Object.assign(next, { access: evolveAccess(card.access, event), hash: event.hash });
}

/** Those that the customer has; where something was dated ahead, those of before too, for it may not have come yet. */
const eachIdentifier: Derivation<CardDocument, Row, KnownIdentifier> = {
  items: ({ identifiers }) => [identifiers],
  of: ({ customerId, aheadUntil }, policies, known) =>
    identifierIntervals(known)
      .filter(({ value, to }) => typeof value === 'string' && (to === NEVER || aheadUntil !== undefined))
      .map(({ kind, value, since, to, event }) => {
        const body: IdentifierRow = { customerId, kind, value, since, to, event };
        return {
          key: `${customerId}|${event}`,
          fields: { customerId, identifierKind: kind, value: normalisedIdentifier(kind, value, countryOf(policies)) },
          body,
        };
      }),
};

export const cardProjection: Projection<CardDocument> = {
  name: 'card',
  category: RELATIONSHIP,
  version: 11,
  handles: Object.keys(handlers),
  policies: [],
  document: {
    init: emptyCard,
    apply: applied,
    indexes: [
      ['curatorId', 'status', 'displayName'],
      // Looked through for whatever else is asked for, in the order of names or to be sorted.
      ['status', 'displayName', 'key', 'kind', 'role', 'segment', 'curatorId', 'registeredAt', 'lastContactAt'],
      ['mergedInto'],
      [AHEAD],
    ],
    fields: fieldsOf,
  },
  rows: {
    indexes: [['value', 'identifierKind'], ['workOf']],
    derivations: [eachIdentifier, { of: workRows }],
  },
};

/** What a customer is found by. */
export function fieldsOf(card: CardDocument) {
  const { displayName, segment } = detailsOf(card);
  return {
    /** A merged record is found as an alias only: it is no customer of its own. */
    status: card.merged && card.status === 'active' ? 'merged' : card.status,
    displayName: displayName === undefined ? null : foldName(displayName),
    kind: card.registration?.kind ?? null,
    role: card.registration?.role ?? null,
    segment: segment ?? null,
    curatorId: card.assignments.at(-1)?.curatorId ?? null,
    registeredAt: card.registration?.at ?? null,
    lastContactAt: card.lastContact?.at ?? null,
    mergedInto: card.merged?.into ?? null,
    [AHEAD]: card.aheadUntil ?? null,
  };
}

/** Body of the row of an identifier, which is the customer's from `since` until `to`. */
export interface IdentifierRow extends Pick<IdentifierInterval, 'kind' | 'value' | 'since' | 'to' | 'event'> {
  readonly customerId: string;
}

/** Body of the row of a curator to whom open work was ever given by name; whether the curator has it still is for `openWorkOf` to say. */
export interface WorkRow {
  readonly customerId: string;
}

function workRows({ customerId, access }: CardDocument): readonly Row[] {
  const curators = idEntries(access.open).map(([curatorId]) => curatorId);
  return curators
    .sort()
    .map((workOf) => ({ key: `${customerId}|work|${workOf}`, fields: { customerId, workOf }, body: { customerId } satisfies WorkRow }));
}
