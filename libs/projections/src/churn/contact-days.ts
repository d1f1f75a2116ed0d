import { dayNumber } from '../days.js';
import { byBlock, memoized } from '../persistent/block-list.js';
import type { ChurnContact, ChurnDocument, ContactDay } from './document.js';

/** In order, each day once. */
export const contactDays = ({ contacts }: Pick<ChurnDocument, 'contacts'>): readonly ContactDay[] => daysOf(contacts);

const daysOf = memoized((contacts: ChurnDocument['contacts']) => eachOnce(daysIn(contacts, undefined).flat()));

const daysIn = byBlock((contacts: readonly ChurnContact[]) =>
  eachOnce(contacts.map(({ at, event }) => ({ day: dayNumber(at), at, event }))),
);

const eachOnce = (days: readonly ContactDay[]): readonly ContactDay[] => days.filter(({ day }, i) => days[i - 1]?.day !== day);
