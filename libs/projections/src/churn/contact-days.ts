import { dayNumber } from '../days.js';
import type { Chunks } from '../persistent/chunks.js';
import type { ChurnContact, Dated } from './document.js';

/** A day with a contact, and the first contact of it. */
export interface ContactDay extends Dated {
  /** Days since 1970-01-01. */
  readonly day: number;
}

let latest: { readonly contacts: Chunks<ChurnContact>; readonly days: readonly ContactDay[] } | undefined;

/** In order, each day once. The last answer is kept: one part after another asks it of the same contacts. */
export function contactDays(contacts: Chunks<ChurnContact>): readonly ContactDay[] {
  if (latest?.contacts !== contacts) latest = { contacts, days: daysOf(contacts) };
  return latest.days;
}

function daysOf(contacts: Chunks<ChurnContact>): readonly ContactDay[] {
  const dated = contacts.flat();
  // Almost always they were learned in order.
  if (dated.some(({ at }, i) => i > 0 && at < dated[i - 1]!.at)) dated.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const days: ContactDay[] = [];
  for (const { at, event } of dated) {
    const day = dayNumber(at);
    if (days.at(-1)?.day !== day) days.push({ day, at, event });
  }
  return days;
}
