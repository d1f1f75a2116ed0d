import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { commandRemembered, createEventCatalogue, marks, personalFields, type StoredEvent } from '#event-log';
import { registered } from '#testing/relationship-specification.js';
import { aggregates, eventDefinitions } from './aggregates.js';
import { evolveRelationship, initialRelationship } from './evolve-relationship.js';
import type { Dated, TypedEvent } from './kernel/event.js';
import { policyNames } from './policies/policy.js';
import { relationship } from './relationship.js';

const folder = path.resolve(import.meta.dirname, '../../../test/fixtures/events');
const golden = (
  type: string,
  version: number,
): { readonly type: string; readonly schemaVersion: number; readonly data: Record<string, unknown> } =>
  JSON.parse(readFileSync(path.join(folder, `${type}.v${version}.json`), 'utf8'));
/** Those of the domain, and those that a stream of any category may hold. */
const catalogue = createEventCatalogue(eventDefinitions);
const all = catalogue.definitions;
const persisted = all.flatMap((definition) =>
  Array.from({ length: definition.version }, (_, at) => ({ type: definition.type, version: at + 1, definition })),
);
const ajv = new Ajv2020({ strict: true, allErrors: true });
ajv.addVocabulary(marks);

describe('the events of the domain', () => {
  it('have different names, written in kebab case', () => {
    const types = all.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    for (const type of types) expect(type).toMatch(/^[a-z]+(-[a-z]+)+$/);
  });

  it('have a golden file of every version ever persisted, and there is no other', () => {
    expect(readdirSync(folder).toSorted()).toEqual(persisted.map(({ type, version }) => `${type}.v${version}.json`).toSorted());
  });

  it.each(persisted)(
    '$type of version $version as once persisted is read as one of the current version',
    ({ type, version, definition }) => {
      const event = golden(type, version);
      expect(event).toMatchObject({ type, schemaVersion: version });
      const read = catalogue.upcast(event as unknown as StoredEvent);
      expect([read.notUnderstood, read.schemaVersion]).toEqual([undefined, definition.version]);
      const valid = ajv.compile(definition.schema);
      valid(read.data);
      expect(valid.errors).toBeNull();
    },
  );

  it.each(all)('$type has every member of its schema in the golden file', ({ type, version, schema }) => {
    expect(Object.keys(golden(type, version).data).toSorted()).toEqual(
      Object.keys((schema as { properties: object }).properties).toSorted(),
    );
  });

  it.each(all)('$type rejects a member that it does not know', ({ type, version, schema }) => {
    expect(ajv.compile(schema)({ ...golden(type, version).data, extra: 1 })).toBe(false);
  });

  it.each(persisted)('$type of version $version names personal fields that exist', ({ type, version, definition }) => {
    const { data } = golden(type, version);
    const { personal = [] } = definition.former?.[version - 1] ?? definition;
    for (const pointer of personal) expect([pointer, personalFields({ personal: [pointer] }, version, data)]).not.toEqual([pointer, []]);
  });

  it.each(all)('$type says of each string that callers choose that it is personal, or why not', ({ schema }) => {
    expect(stringsLeftOpen(schema)).toEqual([]);
  });

  it('say of a string that they choose freely and do not mark that nobody has said so', () => {
    const open = { type: 'string' };
    const schema = { properties: { a: open, b: { items: { properties: { c: open } } }, d: { patternProperties: { x: open } } } };
    expect(stringsLeftOpen(schema)).toEqual(['/a', '/b/*/c', '/d/*']);
    expect(stringsLeftOpen({ properties: { a: { ...open, 'x-plain': 'why' }, b: { ...open, 'x-personal': true } } })).toEqual([]);
  });

  it('hold a detail that is corrected as personal only where it is a name', () => {
    const definition = catalogue.get('customer-details-corrected')!;
    const fields = (field: string) => personalFields(definition, 1, { field, from: 'a', to: 'b', reason: 'c' });
    expect(fields('displayName')).toEqual(['/from', '/to', '/reason']);
    for (const field of ['segment', 'language', 'role']) expect(fields(field)).toEqual(['/reason']);
  });

  it.each(relationship.events)(
    '$type says what of it the customer provided, who else it names and what it costs',
    ({ schema, exported, audiences }) => {
      expect(exported?.provided).toBeDefined();
      const { provided, others = {}, withheld = [] } = exported!;
      // Nobody releases it.
      expect(
        provided.filter((pointer) => !audiences.customer?.shows.some((shown) => shown === pointer || shown.startsWith(`${pointer}/`))),
      ).toEqual([]);
      const said = [...Object.keys(others), ...withheld].map((pointer) => pointer.replace(/\/\*.*$/, ''));
      const naming = membersOf(schema).filter((pointer) =>
        /(curatorId|customerId|handledBy|participants|referrer|decisionMakers|cost|margin|competitorId)$/i.test(pointer),
      );
      expect(naming.filter((pointer) => !said.includes(pointer))).toEqual([]);
    },
  );

  const retractable = eventDefinitions.flatMap(({ type, schema, retraction }) => (retraction ? [{ type, schema, ...retraction }] : []));
  const created = retractable.flatMap(({ creates }) => Object.entries(creates ?? {}));

  it('can be taken back unless they are of another aggregate, or say who the customer is, who is responsible or what was agreed to, or are about privacy', () => {
    const final = eventDefinitions.filter(({ retraction }) => !retraction).map(({ type }) => type);
    expect(final.filter((type) => relationship.events.some((each) => each.type === type)).toSorted()).toEqual([
      'access-rejected',
      'access-released',
      'access-requested',
      'consent-granted',
      'consent-withdrawn',
      'curator-assigned',
      'customer-erased',
      'customer-merged',
      'customer-registered',
      'customer-unmerged',
      'erasure-completed',
      'erasure-confirmed',
      'erasure-overdue',
      'erasure-receipt-given',
      'erasure-receipt-overdue',
      'erasure-receipts-requested',
      'erasure-rejected',
      'erasure-requested',
      'event-retracted',
      'legal-hold-lifted',
      'legal-hold-placed',
      'marketing-objected',
      'marketing-objection-withdrawn',
      'processing-restricted',
      'processing-restriction-lifted',
      'publishing-key-disclosed',
      'retention-listed',
    ]);
  });

  it.each(retractable)('$type names the command that records it, and one item at most that it creates', ({ command, creates = {} }) => {
    expect(relationship.commands.map(({ name }) => name)).toContain(command);
    expect(Object.keys(creates).length).toBeLessThanOrEqual(1);
  });

  it.each(retractable)(
    '$type declares the version of a policy that it names, so that a correction keeps it',
    ({ schema, policyVersion }) => {
      const versions = Object.keys(schema.properties).filter((member) => /Version$/.test(member));
      expect(policyVersion ? [policyVersion.member] : []).toEqual(versions);
      if (policyVersion) expect(policyNames as readonly string[]).toContain(policyVersion.policy);
    },
  );

  it.each(retractable)('$type names every item of the customer that is in its data', ({ type, schema, creates, refersTo }) => {
    // That deal is another customer's.
    const elsewhere = ['referral-converted/dealId'];
    const byMember = new Map(created.map(([kind, pointer]) => [pointer.slice(1), kind]));
    const found = membersOf(schema).flatMap((pointer) => {
      const kind = byMember.get(pointer.slice(pointer.lastIndexOf('/') + 1));
      return kind === undefined || elsewhere.includes(type + pointer) ? [] : [[kind, pointer]];
    });
    expect([...Object.entries(creates ?? {}), ...Object.entries(refersTo ?? {})].toSorted()).toEqual(found.toSorted());
  });

  it('are folded in any order without an error, even where the stream makes no sense', () => {
    const events: Dated<TypedEvent>[] = all.map(({ type, version }) => ({
      ...golden(type, version),
      occurredAt: '2026-01-01T00:00:00.000Z',
    }));
    for (const order of [events, events.toReversed()]) expect(() => order.reduce(evolveRelationship, initialRelationship)).not.toThrow();
    for (const event of events) expect(() => evolveRelationship(initialRelationship, event)).not.toThrow();
    const newcomer = evolveRelationship(initialRelationship, registered);
    for (const event of events) for (const next of events) expect(() => [event, next].reduce(evolveRelationship, newcomer)).not.toThrow();
  });

  it('that other streams hold leave a customer as it is', () => {
    const others = [
      ...aggregates.filter(({ category }) => category !== relationship.category).flatMap(({ events }) => [...events]),
      commandRemembered,
    ];
    expect(others.map(({ type }) => type)).toEqual(expect.arrayContaining(['curator-registered', 'curator-departed', 'policy-published']));
    for (const { type, version } of others)
      expect(evolveRelationship(initialRelationship, { ...golden(type, version), occurredAt: '2026-01-01T00:00:00.000Z' })).toBe(
        initialRelationship,
      );
  });
});

/** Pointers to the members of a schema, at any depth. */
function membersOf(schema: object, at = ''): readonly string[] {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, object>> };
  return Object.entries(properties).flatMap(([name, member]) => [`${at}/${name}`, ...membersOf(member, `${at}/${name}`)]);
}

/** Strings that are neither personal nor said to be plain; values of a list of them or of a pattern are chosen by nobody. */
function stringsLeftOpen(schema: object, at = ''): readonly string[] {
  const { type, enum: values, const: value, pattern, properties = {}, items, patternProperties = {}, ...marks } = schema as Schema;
  if (marks['x-personal'] !== undefined || marks['x-plain'] !== undefined) return [];
  if (type === 'string') return values || value !== undefined || pattern !== undefined ? [] : [at];
  const each = [items, ...Object.values(patternProperties)].filter((one) => one !== undefined);
  return [
    ...Object.entries(properties).flatMap(([name, member]) => stringsLeftOpen(member, `${at}/${name}`)),
    ...each.flatMap((one) => stringsLeftOpen(one, `${at}/*`)),
  ];
}

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, object>>;
  readonly items?: object;
  readonly patternProperties?: Readonly<Record<string, object>>;
  readonly 'x-personal'?: true;
  readonly 'x-plain'?: string;
}
