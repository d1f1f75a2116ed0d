import { dayNumber, dayOf } from '../days.js';
import { byBlock, memoized } from '../persistent/block-list.js';
import type { ChurnContact, ChurnDocument, ContactDay } from './document.js';

/** In order, each day once. */
export const contactDays = ({ contacts }: Pick<ChurnDocument, 'contacts'>): readonly ContactDay[] => daysOf(contacts);

const daysOf = memoized((contacts: ChurnDocument['contacts']) => {
  const days = daysIn(contacts, undefined).flat();
  return days.filter(({ day }, i) => days[i - 1]?.day !== day);
});

const daysIn = byBlock(daysOfBlock);

export function daysOfBlock(contacts: readonly ChurnContact[]): readonly ContactDay[] {
  const days: ContactDay[] = [];
  let last = '-';
  for (const { at, event } of contacts) {
    if (at.startsWith(last)) continue;
    last = dayOf(at);
    days.push({ day: dayNumber(at), at, event });
  }
  return days;
}
