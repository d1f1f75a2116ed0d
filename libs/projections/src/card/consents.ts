import { byTime, inTime, runsOf } from '#relationship/read-side.js';
import type { Card } from './answer-schema.js';
import type { CardDocument, ChannelConsents, SaidOfChannel } from './document.js';

export const withConsent = (consents: readonly ChannelConsents[], channel: string, said: SaidOfChannel): readonly ChannelConsents[] => {
  const place = consents.findIndex((known) => known.channel === channel);
  if (place < 0) return [...consents, { channel, said: [said] }];
  return consents.with(place, { channel, said: inTime(consents[place]!.said, said) });
};

/**
 * What holds: of each channel for all purposes, and for every purpose of which something else was said since. The channel that was spoken of
 * first is listed first.
 */
export const consentsOf = ({ consents }: Pick<CardDocument, 'consents'>): Card['consents'] =>
  consents
    .toSorted((one, other) => byTime(one.said[0]!, other.said[0]!))
    .flatMap(({ channel, said }) => {
      const purposes = [...new Set(said.map(({ purpose }) => purpose))].sort();
      return [null, ...purposes.filter((purpose) => purpose !== null)].flatMap((purpose): Card['consents'] => {
        const holds = heldFor(said, purpose);
        return holds ? [{ channel, ...holds }] : [];
      });
    });

/** What began to hold last; nothing for a purpose to which that for all purposes extends. */
function heldFor(said: readonly SaidOfChannel[], purpose: string | null): SaidOfChannel | undefined {
  const relevant = said.filter((each) => each.purpose === null || each.purpose === purpose);
  const held = runsOf(relevant, (one, other) => one.granted === other.granted).at(-1);
  const general = said.findLast((each) => each.purpose === null);
  const isCovered = purpose !== null && general && held && general.granted === held.granted && held.at <= general.at;
  return held && !isCovered ? { ...held, purpose } : undefined;
}
