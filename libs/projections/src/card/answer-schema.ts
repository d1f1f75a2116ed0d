import { Type } from 'typebox';
import { profileRecorded } from '#relationship/facts.js';
import {
  answerTimes,
  by,
  count,
  curatorId,
  customerId,
  describing,
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
  whole,
} from '../answer-schema.js';
import type { FoundCustomers } from './find.js';
import type { CustomerCardAnswer } from './query.js';

const { person, organisation } = profileRecorded.schema.properties;
const ofProfile = (shape: object) => Type.Optional(Type.Unsafe<Record<string, unknown>>({ ...shape }));
const details = ['displayName', 'segment', 'language'] as const;

const plannedContact = named(
  'PlannedContact',
  strict({
    contactId: id(),
    channel: text(),
    purpose: text(),
    plannedFor: instant(),
    summary: Type.Optional(text()),
    curatorId: Type.Optional(curatorId('Who is to do it, where that was said.')),
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
  returned: minorSum('What of it was given back.'),
  purchases: count('How many purchases.'),
  returns: count('How many returns.'),
  net: minorSum('`purchased` less `returned`.'),
  series: series('Names the events behind `net`: `GET /views/churn/events?series=…`.'),
});

const openDeal = named(
  'CardDeal',
  strict({
    dealId: id(),
    title: Type.Optional(text()),
    stage: text('Present stage of the funnel.'),
    stageSince: instant(),
    value: Type.Optional(money),
    state: oneOf(['open', 'won', 'lost']),
    openedAt: instant(),
    events: strict(
      { opened: eventId(), stage: eventId(), value: Type.Optional(eventId()) },
      'The events that it stands on: opening, present stage, present value.',
    ),
  }),
);

export const customerCardSchema = describing<CustomerCardAnswer>()(
  strict({
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
        from: orNull(text('The former value.')),
        to: text(),
        at: instant('When it was true.'),
        recordedAt: instant('When it was learned.'),
        event: eventId(),
      }),
      { description: 'Corrections of name, segment and language.' },
    ),
    identifiers: Type.Array(
      strict({
        kind: text('Such as `email` or `phone`.'),
        value: text(),
        label: Type.Optional(text()),
        since: instant(),
        event: eventId(),
      }),
      { description: 'In use now.' },
    ),
    profile: strict(
      {
        person: ofProfile(person),
        organisation: ofProfile(organisation),
        attributes: Type.Optional(by('By name.', text())),
      },
      'What was learned, the last that is known of each member.',
    ),
    consents: Type.Array(
      strict({
        channel: text(),
        purpose: orNull(text('Null: for all purposes.')),
        granted: flag('False: withdrawn.'),
        via: text('How it was said.'),
        at: instant(),
        event: eventId(),
      }),
      { description: 'What holds: the word on a purpose, else that for all purposes of the channel.' },
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
      { description: 'In order of time: the first is how the customer was won.' },
    ),
    curator: orNull(strict({ curatorId: curatorId(), since: instant(), because: eventId() }, 'Who answers for the customer.')),
    curators: Type.Array(
      strict({ curatorId: curatorId(), from: instant(), to: instant('Exclusive; in the year 9999 while it lasts.'), because: eventId() }),
      { description: 'Everybody who ever answered for the customer, in order of time.' },
    ),
    openTo: Type.Array(curatorId(), {
      description: 'Curators who may open the customer besides the responsible one, because open work was given to them.',
    }),
    contacts: count('Contacts that took place, those among ourselves left out.'),
    lastContact: orNull(
      strict({ at: instant(), channel: text(), direction: text('`inbound`, `outbound` or `internal`.'), event: eventId() }),
    ),
    channels: strict({
      observed: Type.Array(strict(channelCounts), { description: 'Where the customer comes to us most stands first.' }),
      declared: strict(
        {
          agreed: Type.Array(text(), { description: 'Channels that the customer agrees to for all purposes.' }),
          refused: Type.Array(text(), { description: 'Channels that the customer does not agree to.' }),
          preferences: Type.Array(text(), { description: 'As the profile says.' }),
        },
        'What the customer said.',
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
        curatorId: Type.Optional(curatorId('To whom it was given, where that was said.')),
        event: eventId(),
        overdue: flag('Due before `asOf`.'),
      }),
      { description: 'Made by us and neither kept nor broken, by date.' },
    ),
    openComplaints: Type.Array(
      strict({
        complaintId: id(),
        summary: Type.Optional(text()),
        severity: Type.Optional(text()),
        raisedAt: instant(),
        event: eventId(),
      }),
      { description: 'Not settled, the oldest first.' },
    ),
    nextPlannedContact: orNull(plannedContact),
    overdueContacts: Type.Array(plannedContact, { description: 'Planned for a time before `asOf` and still open.' }),
    revision: whole('Of the last event that the card reflects; the ETag of the present one.'),
    aliases: Type.Array(id(), { description: 'Records that are merged into this one; each has a card and a timeline of its own.' }),
  }),
);

export const foundCustomersSchema = named(
  'FoundCustomers',
  describing<Omit<FoundCustomers, 'next' | 'knownAt'>>()(
    strict({
      ...presentTimes,
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
            mergedInto: orNull(id('Where to go on: the surviving customer.')),
            curatorId: orNull(curatorId('Who answers for the customer.')),
            registeredAt: orNull(instant()),
            lastContactAt: orNull(instant()),
          }),
        ),
        { description: 'By name.' },
      ),
    }),
  ),
);
