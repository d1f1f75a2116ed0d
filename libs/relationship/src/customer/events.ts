import { Type } from 'typebox';
import { isBirthDate } from '../kernel/calendar.js';
import {
  acquisitionMethod,
  birthDate,
  channel,
  code,
  type EventOf,
  event,
  id,
  oneOf,
  optional,
  personal,
  personalIn,
  purpose,
  retractable,
  strict,
  text,
  word,
} from '../kernel/event.js';

/** What a party is to the company. */
export const customerRoles = ['customer', 'supplier', 'partner', 'public-body', 'internal'] as const;
export type CustomerRole = (typeof customerRoles)[number];

export const customerRegistered = event(
  'customer-registered',
  'A customer was registered.',
  strict({
    kind: oneOf('person', 'organisation'),
    role: oneOf(...customerRoles),
    displayName: optional(personal(text(300))),
    segment: optional(code('totals are by it')),
    language: optional(code('a language, by which customers are filtered')),
  }),
  { shows: ['/kind', '/role', '/displayName', '/language'], provided: ['/kind', '/displayName', '/language'] },
);
/** An identifier that was removed may have been somebody else's. */
const identifier = {
  shows: ['/kind', '/value'],
  stillShows: ['/kind'],
  about: ({ kind, value }: { readonly kind: string; readonly value: string }) => `identifier ${kind} ${value}`,
};
export const identifierAdded = event(
  'customer-identifier-added',
  'An e-mail address, phone number, messenger handle or external id was added.',
  strict({ kind: code('a kind of identifier'), value: personal(text(500)), label: optional(personal(word())) }),
  { ...identifier, withdraws: () => false, provided: ['/kind', '/value'] },
);
export const identifierRemoved = event(
  'customer-identifier-removed',
  'An identifier is no longer used; it stays in history.',
  strict({ kind: code('a kind of identifier'), value: personal(text(500)), reason: optional(personal(text(500))) }),
  { ...identifier, withdraws: () => true, provided: ['/kind', '/value'] },
);
/** In version 1 a birth date was any text. */
function withBirthDateAsGiven(data: { readonly person?: { readonly birthDate?: string } }): object {
  const { birthDate: given, ...person } = data.person ?? {};
  return given === undefined || isBirthDate(given) ? data : { ...data, person: { ...person, birthDateAsGiven: given } };
}
export const profileRecorded = event(
  'customer-profile-recorded',
  'Profile details of a person or an organisation were recorded; given members replace earlier values, the others stay.',
  strict({
    person: optional(
      personal(
        strict({
          birthDate: optional(birthDate()),
          birthDateAsGiven: optional(word()),
          familyStatus: optional(word()),
          annualIncome: optional(text(100)),
          property: optional(text(500)),
          preferences: optional(Type.Array(text(200), { maxItems: 50 })),
        }),
      ),
    ),
    organisation: optional(
      strict({
        industry: optional(personal(word())),
        employees: optional(Type.Integer({ minimum: 0 })),
        revenue: optional(personal(text(100))),
        leaderInIndustry: optional(Type.Boolean()),
        decisionMakers: optional(personal(Type.Array(strict({ name: text(300), role: optional(word()) }), { maxItems: 50 }))),
      }),
    ),
    attributes: optional(personal(Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,60}$' }), text(500)))),
  }),
  {
    shows: [
      '/person/birthDate',
      '/person/birthDateAsGiven',
      '/person/familyStatus',
      '/person/annualIncome',
      '/person/property',
      '/person/preferences/*',
      '/organisation/industry',
      '/organisation/employees',
      '/organisation/revenue',
      '/organisation/leaderInIndustry',
    ],
    provided: ['/person', '/organisation/industry', '/organisation/employees', '/organisation/revenue', '/organisation/leaderInIndustry'],
    others: { '/organisation/decisionMakers/*/name': 'another person' },
  },
  [
    {
      personal: ['/person', '/organisation/industry', '/organisation/revenue', '/organisation/decisionMakers', '/attributes'],
      upcast: withBirthDateAsGiven,
    },
  ],
);
export const detailsCorrected = event(
  'customer-details-corrected',
  'A detail of the registration was wrong; the former value stays in history.',
  strict({
    field: oneOf('displayName', 'segment', 'language', 'role'),
    from: optional(personalIn(text(300), 'displayName')),
    to: personalIn(text(300), 'displayName'),
    reason: optional(personal(text(500))),
  }),
  {
    shows: ['/field', '/from', '/to'],
    hides: ({ field }) => field === 'segment',
    provided: ['/field', '/to'],
    providedIf: ({ field }) => field === 'displayName' || field === 'language',
  },
);
const consent = { shows: ['/channel', '/purpose', '/via'], provided: ['/channel', '/purpose', '/via'] };
export const consentGranted = event(
  'consent-granted',
  'The customer agreed to be contacted through a channel, for one purpose or for all.',
  strict({ channel: channel(), purpose: optional(purpose()), via: personal(word()) }),
  consent,
);
export const consentWithdrawn = event(
  'consent-withdrawn',
  'The customer no longer agrees to be contacted through a channel, for one purpose or for all.',
  strict({ channel: channel(), purpose: optional(purpose()), via: personal(word()) }),
  consent,
);
export const acquisitionRecorded = event(
  'acquisition-recorded',
  'The acquisition method of the customer was recorded.',
  acquisitionMethod(),
  { provided: [], others: { '/referrer': 'another person' } },
);
export const customerMerged = event(
  'customer-merged',
  'This record is an alias of another customer from now on.',
  strict({ into: id(), reason: optional(personal(text(500))) }),
  {
    shows: ['/into'],
    about: ({ into }) => `merge into ${into}`,
    withdraws: () => false,
    provided: [],
    others: { '/into': 'another customer' },
  },
);
export const customerUnmerged = event(
  'customer-unmerged',
  'The merge was a mistake and is undone.',
  strict({ from: id(), reason: optional(personal(text(500))) }),
  {
    shows: ['/from'],
    about: ({ from }) => `merge into ${from}`,
    withdraws: () => true,
    provided: [],
    others: { '/from': 'another customer' },
  },
);

export const customerEvents = [
  customerRegistered,
  retractable(identifierAdded, { command: 'add-identifier' }),
  retractable(identifierRemoved, { command: 'remove-identifier' }),
  retractable(profileRecorded, { command: 'record-profile' }),
  retractable(detailsCorrected, { command: 'correct-details' }),
  consentGranted,
  consentWithdrawn,
  retractable(acquisitionRecorded, { command: 'record-acquisition' }),
  customerMerged,
  customerUnmerged,
] as const;
export type CustomerEvent = EventOf<(typeof customerEvents)[number]>;
