import type { CardDocument, Member, Profile } from './document.js';

type Members = Readonly<Record<string, Member>>;

/** Of two facts about one member the one that was true later holds, whichever was learned first. */
export const withMembers = (known: Members | undefined, given: object, at: string): Members => {
  const members = { ...known };
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && value !== null && !((members[name]?.at ?? '') > at)) members[name] = { value, at };
  return members;
};

export const profileOf = ({ profile }: Pick<CardDocument, 'profile'>): Profile =>
  Object.fromEntries(Object.entries(profile).map(([part, members]) => [part, valuesOf(members)]));

const valuesOf = (members: Members) => Object.fromEntries(Object.entries(members).map(([name, { value }]) => [name, value]));
