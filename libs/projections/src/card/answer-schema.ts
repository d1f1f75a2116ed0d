import { Type } from 'typebox';
import { profileRecorded } from '#relationship/read-side.js';
import {
  answerTimes,
  by,
  count,
  curatorId,
  customerId,
  type Described,
  eventId,
  flag,
  id,
  instant,
  minorSum,
  money,
  named,
  oneOf,
  orNull,
  presentTimes,
  series,
  strict,
  text,
  total,
  whole,
} from '../answer-schema.js';

const { person, organisation } = profileRecorded.schema.properties;
const ofProfile = (shape: object) => Type.Optional(Type.Unsafe<Record<string, unknown>>({ ...shape }));
const details = ['displayName', 'segment', 'language', 'role'] as const;

const plannedContact = named(
  'PlannedContact',
  strict({
    contactId: id(),
    channel: text(),
    purpose: text(),
    plannedFor: instant(),
    summary: Type.Optional(text()),
    curatorId: Type.Optional(curatorId('Assigned curator, if recorded.')),
    event: eventId('Id of the event that planned or moved it.'),
  }),
);

const channelCounts = {
  channel: text(),
  inbound: count('Contacts that took place and came from the customer.'),
  outbound: count('Contacts that took place and came from us.'),
  internal: count('Contacts among ourselves about the customer.'),
  missed: count('Planned contacts that did not take place.'),
};

const value = strict({
  purchased: minorSum('All purchases.'),
  returned: minorSum('Amount refunded.'),
  purchases: count('Number of purchases.'),
  returns: count('Number of returns.'),
  net: minorSum('`purchased` less `returned`.'),
  series: series('Identifies the events behind `net`: `GET /views/churn/events?series=…`.'),
});

const openDeal = named(
  'CardDeal',
  strict({
    dealId: id(),
    title: Type.Optional(text()),
    stage: text('Current stage of the funnel.'),
    stageSince: instant(),
    value: Type.Optional(money),
    state: oneOf(['open', 'won', 'lost']),
    openedAt: instant(),
    events: strict(
      { opened: eventId(), stage: eventId(), value: Type.Optional(eventId()) },
      'Events of its opening, current stage and current value.',
    ),
  }),
);

export const customerCardSchema = strict({
  ...answerTimes,
  customerId: customerId(),
  status: oneOf(['unknown', 'active', 'erased'], '`unknown` until the registration.'),
  mergedInto: orNull(strict({ customerId: customerId(), at: instant(), event: eventId() }, 'The surviving record.')),
  registration: orNull(
    strict({
      kind: text('`person` or `organisation`.'),
      role: text('Such as `customer` or `supplier`.'),
      at: instant(),
      event: eventId(),
    }),
  ),
  displayName: orNull(text()),
  segment: orNull(text()),
  language: orNull(text()),
  detailsHistory: Type.Array(
    strict({
      field: oneOf(details),
      from: orNull(text('The previous value.')),
      to: text(),
      at: instant('When it was true.'),
      recordedAt: instant('When it was recorded.'),
      event: eventId(),
    }),
    { description: 'Corrections of name, segment, language and role.' },
  ),
  identifiers: Type.Array(
    strict({
      kind: text('Such as `email` or `phone`.'),
      value: text(),
      label: Type.Optional(text()),
      e164: Type.Optional(text('Of a phone number with its country: ITU-T E.164, such as `+74951234567`.')),
      extension: Type.Optional(text('Of a phone number.')),
      since: instant(),
      event: eventId(),
    }),
    { description: 'Identifiers in use.' },
  ),
  profile: strict(
    {
      person: ofProfile(person),
      organisation: ofProfile(organisation),
      attributes: Type.Optional(by('By name.', text())),
    },
    'Profile details, the latest value of each.',
  ),
  consents: Type.Array(
    strict({
      channel: text(),
      purpose: orNull(text('Null: for all purposes.')),
      granted: flag('False: withdrawn.'),
      via: Type.Optional(text('How it was given.')),
      at: instant(),
      event: eventId(),
    }),
    { description: 'Consents in force; one for a purpose takes precedence over one for all purposes of the channel.' },
  ),
  acquisition: Type.Array(
    strict({
      source: text(),
      medium: Type.Optional(text()),
      campaign: Type.Optional(text()),
      referrer: Type.Optional(text()),
      at: instant(),
      event: eventId(),
    }),
    { description: 'In order of time: the first is how the customer was acquired.' },
  ),
  curator: orNull(strict({ curatorId: curatorId(), since: instant(), because: eventId() }, 'Responsible curator.')),
  curators: Type.Array(
    strict({ curatorId: curatorId(), from: instant(), to: instant('Exclusive; in the year 9999 while it lasts.'), because: eventId() }),
    { description: 'All responsible curators so far, in order of time.' },
  ),
  openTo: Type.Array(curatorId(), {
    description: 'Curators other than the responsible one who may open the customer, because open work is assigned to them.',
  }),
  contacts: count('Contacts that took place, without internal ones.'),
  lastContact: orNull(
    strict({ at: instant(), channel: text(), direction: text('`inbound`, `outbound` or `internal`.'), event: eventId() }),
  ),
  channels: strict({
    observed: Type.Array(strict(channelCounts), { description: 'Channels by number of inbound contacts, most first.' }),
    declared: strict(
      {
        agreed: Type.Array(text(), { description: 'Channels with consent for all purposes.' }),
        refused: Type.Array(text(), { description: 'Channels without consent.' }),
        preferences: Type.Array(text(), { description: 'From the profile.' }),
      },
      'Preferences declared by the customer.',
    ),
  }),
  value: by('By currency (ISO 4217).', value),
  openDeals: Type.Array(openDeal, { description: 'The oldest first.' }),
  openPromises: Type.Array(
    strict({
      promiseId: id(),
      text: Type.Optional(text()),
      dueAt: instant(),
      madeAt: instant(),
      curatorId: Type.Optional(curatorId('Assigned curator, if recorded.')),
      event: eventId(),
      overdue: flag('Due before `asOf`.'),
    }),
    { description: 'Open promises to the customer, by due date.' },
  ),
  openComplaints: Type.Array(
    strict({
      complaintId: id(),
      summary: Type.Optional(text()),
      severity: Type.Optional(text()),
      raisedAt: instant(),
      event: eventId(),
    }),
    { description: 'Unresolved complaints, oldest first.' },
  ),
  nextPlannedContact: orNull(plannedContact),
  overdueContacts: Type.Array(plannedContact, { description: 'Planned for a time before `asOf` and still open.' }),
  revision: whole('Revision of the last event that the card reflects; the ETag of the current card.'),
  aliases: Type.Array(id(), { description: 'Records that are merged into this one; each has a card and a timeline of its own.' }),
});

export const foundCustomersSchema = named(
  'FoundCustomers',
  strict({
    ...presentTimes,
    total: total('Customers'),
    customers: Type.Array(
      named(
        'FoundCustomer',
        strict({
          customerId: customerId(),
          displayName: orNull(text()),
          kind: orNull(text('`person` or `organisation`.')),
          role: orNull(text()),
          segment: orNull(text()),
          status: text('`active`, `merged`, `erased` or `unknown`.'),
          mergedInto: orNull(id('The surviving customer.')),
          curatorId: orNull(curatorId('Responsible curator.')),
          registeredAt: orNull(instant()),
          lastContactAt: orNull(instant()),
        }),
      ),
      { description: 'By name, or as `sort` says; by id where they are found by id, identifier or open work.' },
    ),
  }),
);

export type CustomerCardAnswer = Described<typeof customerCardSchema>;

/** What the card shows of one customer; rung and churn risk are other views' business. */
export type Card = Omit<CustomerCardAnswer, keyof typeof answerTimes | 'revision' | 'aliases'>;
