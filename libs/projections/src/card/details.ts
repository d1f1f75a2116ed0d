import { byTime, inTime } from '#relationship/read-side.js';
import type { Card } from './answer-schema.js';
import type { CardDocument, Detail, Details, SaidOfDetail } from './document.js';

const names: readonly Detail[] = ['displayName', 'segment', 'language', 'role'];

export const withDetail = (details: Details, field: Detail, said: SaidOfDetail): Details => ({
  ...details,
  [field]: inTime(details[field] ?? [], said),
});

/** What was true last of each. */
export const detailsOf = ({ details }: Pick<CardDocument, 'details'>): Readonly<Partial<Record<Detail, string>>> => {
  const last: Partial<Record<Detail, string>> = {};
  for (const field of names) if (details[field]) last[field] = details[field].at(-1)!.value;
  return last;
};

/** Every change of a detail, in order of time. What the registration said is none where nothing was true before. */
export const detailChangesOf = ({ details, registration }: Pick<CardDocument, 'details' | 'registration'>): Card['detailsHistory'] =>
  names
    .flatMap((field) =>
      (details[field] ?? []).flatMap(({ at, value, recordedAt, event }, place, said): Card['detailsHistory'] => {
        const from = said[place - 1]?.value ?? null;
        const isChange = from === null ? event !== registration?.event : from !== value;
        return isChange ? [{ field, from, to: value, at, recordedAt, event }] : [];
      }),
    )
    .sort(byTime);
