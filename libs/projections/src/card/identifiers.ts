import { byTime, inTime, runsOf } from '#relationship/read-side.js';
import { NEVER } from '../days.js';
import type { CardDocument, Identifier, KnownIdentifier, SaidOfIdentifier } from './document.js';

/** A time in which an identifier was the customer's. */
export interface IdentifierInterval extends Identifier {
  /** Exclusive; `NEVER` while it lasts. */
  readonly to: string;
}

export const withIdentifier = (
  identifiers: readonly KnownIdentifier[],
  { kind, value }: { readonly kind: string; readonly value: string },
  said: SaidOfIdentifier,
): readonly KnownIdentifier[] => {
  const place = identifiers.findIndex((known) => known.kind === kind && known.value === value);
  if (place < 0) return [...identifiers, { kind, value, said: [said] }];
  return identifiers.with(place, { kind, value, said: inTime(identifiers[place]!.said, said) });
};

/** In order of time; the label is the last that was given. */
export const identifierIntervals = ({ kind, value, said }: KnownIdentifier): readonly IdentifierInterval[] =>
  runsOf(said, (one, other) => one.has === other.has).flatMap(({ at, has, event }, place, runs) => {
    if (!has) return [];
    const to = runs[place + 1]?.at ?? NEVER;
    const label = said.findLast((each) => each.has && at <= each.at && each.at < to)?.label;
    return [{ kind, value, ...(label !== undefined && { label }), since: at, to, event }];
  });

/** Those that the customer has, the oldest first. */
export const identifiersOf = ({ identifiers }: Pick<CardDocument, 'identifiers'>): readonly Identifier[] =>
  identifiers
    .flatMap((known) => identifierIntervals(known).filter(({ to }) => to === NEVER))
    .sort((one, other) => byTime({ at: one.since }, { at: other.since }))
    .map(({ to: _, ...identifier }) => identifier);
