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

/** A value that fits a schema, for people to start from. */
export const exampleOf = (schema: Schema, all: Readonly<Record<string, Schema>>, name = '', depth = 0): unknown => {
  const ref = schema.$ref ?? schema.allOf?.find((part) => part.$ref)?.$ref;
  if (ref !== undefined) return exampleOf(all[ref.slice(ref.lastIndexOf('/') + 1)] ?? {}, all, name, depth);
  if (schema.enum !== undefined) return schema.enum.includes(values[name]) ? values[name] : schema.enum[0];
  if (schema.properties !== undefined) return membersOf(schema, all, depth);
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

const membersOf = (schema: Schema, all: Readonly<Record<string, Schema>>, depth: number): unknown => {
  const required = new Set(schema.required ?? []);
  const shown = Object.entries(schema.properties ?? {}).filter(([name]) => required.has(name) || (depth === 0 && name !== 'labels'));
  return Object.fromEntries(shown.map(([name, member]) => [name, exampleOf(member, all, name, depth + 1)]));
};
