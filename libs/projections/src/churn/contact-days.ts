import { byTime } from '#relationship/facts.js';
import { dayNumber } from '../days.js';
import { appended } from '../persistent/chunks.js';
import { type ChurnContact, type ChurnDocument, type ContactDay, DAYS } from './document.js';

type Contacts = ChurnDocument['contacts'];

/** In order, each day once. */
export const contactDays = (churn: ChurnDocument): readonly ContactDay[] => churn[DAYS] ?? latestOf(churn.contacts);

export const withContact = (churn: ChurnDocument, contact: ChurnContact): ChurnDocument => {
  const contacts = appended(churn.contacts, contact);
  return { ...churn, contacts, [DAYS]: extended(contactDays(churn), contact) ?? daysOf(contacts) };
};

/** Undefined where what is added comes before what there is. */
function extended(days: readonly ContactDay[], { at, event }: ChurnContact): readonly ContactDay[] | undefined {
  const day = dayNumber(at);
  const last = days.at(-1);
  if (!last || day > last.day) return [...days, { day, at, event }];
  return at >= last.at ? days : undefined;
}

let latest: { readonly contacts: Contacts; readonly days: readonly ContactDay[] } | undefined;

/** One part after another asks it of the same contacts: the last answer is kept. */
function latestOf(contacts: Contacts): readonly ContactDay[] {
  if (latest?.contacts !== contacts) latest = { contacts, days: daysOf(contacts) };
  return latest.days;
}

function daysOf(contacts: Contacts): readonly ContactDay[] {
  const days: ContactDay[] = [];
  for (const { at, event } of contacts.flat().sort(byTime)) {
    const day = dayNumber(at);
    if (days.at(-1)?.day !== day) days.push({ day, at, event });
  }
  return days;
}
