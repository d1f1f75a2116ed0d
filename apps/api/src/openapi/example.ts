import type { Schema } from './body-schemas.js';

/** Believable values by the name of a member; whatever has none gets one by its type. */
const values: Readonly<Record<string, unknown>> = {
  displayName: 'Nadia Ward',
  language: 'en',
  segment: 'retail',
  value: 'nadia@example.org',
  kind: 'person',
  role: 'customer',
  label: 'work',
  channel: 'email',
  direction: 'inbound',
  purpose: 'information',
  summary: 'Asked for the new price list',
  result: 'Price list sent',
  via: 'web form',
  source: 'fair',
  medium: 'event',
  campaign: 'spring-fair',
  referrer: 'Partner office',
  reason: 'price',
  stage: 'qualified',
  competitor: 'Acme',
  currency: 'EUR',
  minor: 125_000,
  item: 'Annual subscription',
  category: 'subscriptions',
  quantity: 1,
  payment: 'invoice',
  title: 'Annual subscription',
  product: 'Annual subscription',
  curatorId: 'cur-ward',
  metric: 'nps',
  score: 9,
  site: 'reviews.example',
  text: 'Send the signed contract',
  note: 'Agreed on the phone',
  team: 'North',
  field: 'displayName',
  to: 'Nadia Ward-Lee',
  severity: 'high',
  birthDate: '1984-05-17',
  name: 'Lee Chen',
  industry: 'logistics',
  whole: true,
  terms: 'Joint sales in the north',
  rating: 5,
};

/** Where a name alone does not tell what is meant: by the command or the shape. */
const ofShape: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  IdentifierBody: { kind: 'email' },
  'add-identifier': { kind: 'email' },
  'remove-identifier': { kind: 'email', reason: 'Bounced' },
  'record-profile': { person: { birthDate: '1984-05-17', preferences: ['email'] } },
  'correct-details': { reason: 'She married' },
  'record-contact': { participants: [{ role: 'customer' }], durationSeconds: 300 },
  'complete-contact': { durationSeconds: 300 },
  'plan-contact': { direction: 'outbound', summary: 'Ask whether the price list was of use' },
  'reschedule-contact': { reason: 'Asked for another day' },
  'reassign-contact': { reason: 'Away until Monday' },
  'reassign-promise': { reason: 'Away until Monday' },
  'reassign-deal': { reason: 'Knows the industry' },
  'miss-contact': { reason: 'Nobody answered' },
  'cancel-contact': { reason: 'No longer needed' },
  'break-promise': { reason: 'Out of stock' },
  'change-deal-value': { reason: 'Two seats more' },
  'win-deal': { cost: { minor: 50_000, currency: 'EUR' } },
  'reopen-deal': { reason: 'They called back' },
  'record-purchase': { purpose: 'business' },
  'return-purchase': { reason: 'Does not fit' },
  'assign-curator': { reason: 'Moved to another region' },
  'answer-satisfaction': { comment: 'Quick and friendly' },
  'raise-complaint': { summary: 'The delivery came late' },
  'resolve-complaint': { resolution: 'Sent again, postage refunded' },
  'end-partnership': { reason: 'Ran out' },
  'request-erasure': { ground: 'consent-withdrawn', reason: 'Asked by letter' },
  'reject-erasure': { exception: 'legal-claims', reason: 'An invoice is in dispute' },
  'place-legal-hold': { reason: 'An invoice is in dispute' },
  'lift-legal-hold': { reason: 'The dispute is settled' },
  'restrict-processing': { ground: 'accuracy-contested', reason: 'The address is in dispute' },
  'lift-restriction': { reason: 'The address is verified' },
  'retract-event': { reason: 'Recorded for another customer' },
  'correct-event': {
    data: { item: 'Annual subscription', quantity: 1, amount: { minor: 95_000, currency: 'EUR' } },
    reason: 'Wrong amount',
  },
  'correct-curator-details': { reason: 'She married' },
  'depart-curator': { to: 'cur-lee', reason: 'Left the company' },
  'begin-import': {
    name: '3b5d5c3712955042212316173ccf37be',
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    inputs: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
    zone: 'Europe/Berlin',
  },
  'remember-import-rows': { rows: '2:2-10001 3:5-5', rejected: '2:17-17', contents: '2:17=9f86d081' },
  'remember-import-commands': { commands: 'n4bQgYhMfWU=', contents: 'YDA64g==' },
  'publish-policy': { document: { existingPerYear: 4, potentialPerYear: 6 }, reason: 'The policy `cadence`, reviewed' },
};

/** A value that fits a schema, for people to start from; what the server fills in is left out. `name`: of the command or the member. */
export const exampleOf = (schema: Schema, all: Readonly<Record<string, Schema>>, name = '', depth = 0): unknown => {
  const ref = schema.$ref ?? schema.allOf?.find((part) => part.$ref)?.$ref;
  if (ref !== undefined) {
    const shape = ref.slice(ref.lastIndexOf('/') + 1);
    return exampleOf(all[shape] ?? {}, all, shape, depth);
  }
  if (schema.enum !== undefined) return schema.enum.includes(values[name]) ? values[name] : schema.enum[0];
  if (schema.properties !== undefined) return membersOf(schema, all, depth, ofShape[name]);
  if (schema.format === 'date-time')
    return /until/i.test(name)
      ? '2027-11-22T00:00:00.000Z'
      : /plannedFor|dueAt|^to$/.test(name)
        ? '2030-11-24T09:00:00.000Z'
        : '2026-11-20T10:15:00.000Z';
  if (schema.type === 'array') return schema.items === undefined ? [] : [exampleOf(schema.items, all, name, depth + 1)];
  const known = Object.hasOwn(values, name) ? values[name] : undefined;
  if (schema.type === 'boolean') return true;
  if (schema.type === 'integer' || schema.type === 'number') return typeof known === 'number' ? known : 1;
  if (schema.type === 'object') return {};
  return typeof known === 'string' ? known : /Id$|^id$/.test(name) ? `${name.replace(/Id$/, '') || 'id'}-1` : 'text';
};

const membersOf = (
  schema: Schema,
  all: Readonly<Record<string, Schema>>,
  depth: number,
  chosen: Readonly<Record<string, unknown>> = {},
): unknown => {
  const required = new Set(schema.required ?? []);
  const shown = Object.entries(schema.properties ?? {}).filter(([name]) => required.has(name) || (depth === 0 && !leftOut(name)));
  const given = shown.map(([name, member]) => [name, chosen[name] ?? exampleOf(member, all, name, depth + 1)] as const);
  return Object.fromEntries(given.filter(([name, value]) => required.has(name) || !isEmpty(value)));
};

/** Ids of what may not be there, and a time at which it may not have been. */
const leftOut = (name: string): boolean => /Id$/.test(name) || ['labels', 'handledBy', 'occurredAt', 'effectiveFrom'].includes(name);

const isEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;
