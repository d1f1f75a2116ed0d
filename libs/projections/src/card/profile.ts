import { later } from '#relationship/read-side.js';
import type { CardDocument, Member, Profile } from './document.js';

type Members = Readonly<Record<string, Member>>;

export const withMembers = (known: Members | undefined, given: object, at: string): Members => {
  const members = new Map(Object.entries(known ?? {}));
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && value !== null) members.set(name, later(members.get(name), { value, at }));
  return Object.fromEntries(members);
};

export const profileOf = ({ profile }: Pick<CardDocument, 'profile'>): Profile =>
  Object.fromEntries(Object.entries(profile).map(([part, members]) => [part, valuesOf(members)]));

const valuesOf = (members: Members) => Object.fromEntries(Object.entries(members).map(([name, { value }]) => [name, value]));
