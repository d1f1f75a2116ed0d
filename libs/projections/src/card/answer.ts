import { helpersOf } from '#relationship/access.js';
import { runsOf, sameJson } from '#relationship/read-side.js';
import { exact } from '../exact.js';
import { seriesKey } from '../series.js';
import { intervalsOf } from '../shared/assignments.js';
import { listed } from '../shared/ordinals.js';
import type { Card } from './answer-schema.js';
import { consentsOf } from './consents.js';
import { dealsOf } from './deals.js';
import { detailChangesOf, detailsOf } from './details.js';
import type { Acquisition, CardDocument, ChannelCounts, OpenComplaint, OpenPromise, PlannedContact, Profile, Value } from './document.js';
import { identifiersOf } from './identifiers.js';
import { phoneOf } from './normalise.js';
import { profileOf } from './profile.js';

export const cardOf = (card: CardDocument, asOf: string, country?: string): Card => {
  const { customerId, status, registration, lastContact } = card;
  const profile = profileOf(card);
  const details = detailsOf(card);
  const consents = consentsOf(card);
  const curators = intervalsOf(card.assignments);
  const present = curators.findLast(({ from }) => from <= asOf);
  const channels = Object.entries(card.channels).map(([channel, counts]) => ({ channel, ...counts }));
  const planned = plannedOf(card);
  return {
    customerId,
    status,
    mergedInto: mergedIntoOf(card),
    registration,
    displayName: details.displayName ?? null,
    segment: details.segment ?? null,
    language: details.language ?? null,
    detailsHistory: detailChangesOf(card),
    identifiers: identifiersOf(card).map((one) => ({ ...one, ...phoneOf(one.kind, one.value, country) })),
    profile,
    consents,
    acquisition: acquisitionOf(card),
    curator: present ? { curatorId: present.curatorId, since: present.from, because: present.event } : null,
    openTo: helpersOf(card.access, asOf),
    curators: curators.map(({ curatorId, from, to, event }) => ({ curatorId, from, to, because: event })),
    contacts: channels.reduce((sum, { inbound, outbound }) => sum + inbound + outbound, 0),
    lastContact,
    channels: { observed: channels.toSorted(byUse), declared: declared(consents, profile) },
    value: Object.fromEntries(
      Object.entries(card.value).map(([currency, value]) => [
        currency,
        { ...valueShown(value, currency), series: seriesKey({ measure: 'revenue', currency }) },
      ]),
    ),
    openDeals: dealsOf(card, asOf).filter(({ state }) => state === 'open'),
    openPromises: promisesOf(card).map((promise) => ({ ...promise, overdue: promise.dueAt < asOf })),
    openComplaints: complaintsOf(card),
    nextPlannedContact: planned.find(({ plannedFor }) => plannedFor >= asOf) ?? null,
    overdueContacts: planned.filter(({ plannedFor }) => plannedFor < asOf),
  };
};

export const mergedIntoOf = ({ merged }: Pick<CardDocument, 'merged'>): Card['mergedInto'] =>
  merged && { customerId: merged.into, at: merged.at, event: merged.event };

/** By date. */
export const plannedOf = ({ planned }: Pick<CardDocument, 'planned'>): readonly PlannedContact[] =>
  listed(planned, ({ appointment }) => appointment.plannedFor).map(({ appointment: { plannedFor, event }, reassigned, ...contact }) => ({
    ...contact,
    ...named(reassigned),
    plannedFor,
    event,
  }));

export const promisesOf = ({ promises }: Pick<CardDocument, 'promises'>): readonly OpenPromise[] =>
  listed(promises, ({ dueAt }) => dueAt).map(({ reassigned, ...promise }) => ({ ...promise, ...named(reassigned) }));

const named = (reassigned: { readonly curatorId: string } | undefined) => reassigned && { curatorId: reassigned.curatorId };

export const complaintsOf = ({ complaints }: Pick<CardDocument, 'complaints'>): readonly OpenComplaint[] =>
  listed(complaints, ({ raisedAt }) => raisedAt);

export const acquisitionOf = ({ acquisition }: Pick<CardDocument, 'acquisition'>): readonly Acquisition[] =>
  runsOf(acquisition, ({ at: _, event: __, ...one }, { at: ___, event: ____, ...other }) => sameJson(one, other));

/** Both only grow, so a sum that was too large once still is. */
function valueShown(value: Value, currency: string): Value & { readonly net: number } {
  const purchased = exact(value.purchased, `of purchases in ${currency}`);
  const returned = exact(value.returned, `of returns in ${currency}`);
  return { ...value, purchased, returned, net: purchased - returned };
}

function byUse(a: ChannelCounts, b: ChannelCounts): number {
  return b.inbound - a.inbound || b.outbound - a.outbound;
}

/** Consents for all purposes, and what the profile says. */
function declared(consents: Card['consents'], profile: Profile): Card['channels']['declared'] {
  const general = consents.filter(({ purpose }) => purpose === null);
  const preferences = profile.person?.preferences;
  return {
    agreed: general.filter(({ granted }) => granted).map(({ channel }) => channel),
    refused: general.filter(({ granted }) => !granted).map(({ channel }) => channel),
    preferences: Array.isArray(preferences) ? preferences : [],
  };
}
