import { DAY, HOUR, officeHours } from './company.js';
import { iso, type Life } from './life.js';

const summaries = [
  'Asked how the last order went.',
  'Talked about the plans for the season.',
  'Showed the new line.',
  'Cleared up an invoice.',
  'Gave advice on use.',
];

const channelAt = (life: Life, at: number): string => {
  const channel = life.chance.weighted([
    ['phone', 5],
    ['email', 4],
    ['meeting', 1],
    ['messenger', 2],
    ['visit', 1],
  ] as const);
  return channel === 'email' && (!life.email || at > life.noEmailFrom - 60 * DAY) ? 'phone' : channel;
};

/** What is still open is of the last weeks: nobody's desk keeps work of two years ago. */
const forgottenLongAgo = ({ company }: Life, due: number): boolean => due < company.until - 30 * DAY;

const promise = (life: Life, number: number, madeAt: number): void => {
  const { chance } = life;
  const promiseId = life.thing('promise', number);
  const dueAt = officeHours(chance, madeAt + chance.integer(3, 14) * DAY);
  life.say(madeAt + 60_000, 'make-promise', {
    promiseId,
    text: chance.pick(['Send the offer.', 'Call back about delivery.', 'Check the guarantee.']),
    dueAt: iso(dueAt),
    curatorId: life.curatorAt(madeAt),
  });
  if (chance.chance(0.8)) life.say(dueAt - 2 * HOUR, 'keep-promise', { promiseId });
  else if (chance.chance(0.6) || forgottenLongAgo(life, dueAt))
    life.say(dueAt + DAY, 'break-promise', { promiseId, reason: 'Out of stock.' });
};

const plannedContact = (life: Life, number: number, plannedFor: number): void => {
  const { chance } = life;
  const contactId = life.thing('planned', number);
  const plannedAt = Math.max(life.bornAt + 2 * HOUR, plannedFor - chance.integer(2, 25) * DAY);
  life.say(plannedAt, 'plan-contact', {
    contactId,
    channel: channelAt(life, plannedFor),
    direction: 'outbound',
    purpose: 'relationship',
    plannedFor: iso(plannedFor),
    curatorId: life.curatorAt(plannedAt),
  });
  let due = plannedFor;
  if (chance.chance(0.1)) {
    due = officeHours(chance, plannedFor + chance.integer(1, 7) * DAY);
    life.say(plannedFor - HOUR, 'reschedule-contact', { contactId, to: iso(due), reason: 'The customer asked for another day.' });
  }
  const outcome = chance.weighted([
    ['complete', 80],
    ['miss', 9],
    ['cancel', 5],
    ['forget', 6],
  ] as const);
  if (outcome === 'complete') {
    life.say(due + 5 * 60_000, 'complete-contact', {
      contactId,
      summary: chance.pick(summaries),
      result: chance.pick(['interested', 'satisfied', 'no need now', 'wants an offer']),
      durationSeconds: chance.integer(60, 2400),
    });
    if (chance.chance(0.12)) promise(life, number, due + 20 * 60_000);
  } else if (outcome === 'miss' || (outcome === 'forget' && forgottenLongAgo(life, due)))
    life.say(due + HOUR, 'miss-contact', { contactId, reason: 'Nobody answered.' });
  else if (outcome === 'cancel') life.say(due - 2 * HOUR, 'cancel-contact', { contactId, reason: 'The customer is away.' });
};

/** What was said and written around the purchases, and the calls that curators plan between them, some of them still to come. */
export const careContacts = (life: Life, purchases: readonly number[]): void => {
  const { chance, company } = life;
  purchases.forEach((at, number) => {
    if (chance.chance(0.4)) return;
    const occurredAt = Math.max(life.bornAt + 2 * HOUR, at - chance.integer(1, 40) * HOUR);
    const contact = {
      contactId: life.thing('contact', number),
      channel: chance.pick(['phone', 'web-chat', 'web-form', 'messenger', 'visit']),
      direction: 'inbound',
      purpose: 'purchase',
      summary: 'Wants to order.',
      durationSeconds: chance.integer(30, 900),
    };
    if (chance.chance(0.05)) life.sayLate(occurredAt + chance.integer(1, 5) * DAY, occurredAt, 'record-contact', contact);
    else life.say(occurredAt, 'record-contact', contact);
  });
  const attentive = chance.uniform();
  const lastNeeded = Math.max(purchases.at(-1) ?? life.bornAt, life.bornAt) + (attentive > 0.4 ? 900 : 200) * DAY;
  let number = 0;
  for (let at = life.bornAt + chance.integer(10, 60) * DAY; at < company.until + 20 * DAY && at < lastNeeded; number++) {
    plannedContact(life, number, officeHours(chance, at));
    at += (60 + 70 * attentive * chance.uniform() + 10) * DAY;
  }
};
