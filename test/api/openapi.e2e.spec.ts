import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type DomainEvent, withoutPersonal } from '#event-log';
import { MASKED, masksFor, type Problem, readCommandBody, roles } from '#platform';
import { commandCatalogue, defaultPolicies, eventDefinitions, maskedKinds } from '#relationship';
import { answerExamples } from '../../apps/api/src/openapi/answer-examples.js';
import { nameOf } from '../../apps/api/src/openapi/recorded-event-schema.js';
import { describedAnswers } from './described-answers.js';
import { TestApi } from './test-api.js';

let api: TestApi;
// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
let document: any;
const open = { key: undefined as never };
beforeAll(async () => {
  api = await TestApi.start();
  document = (await api.get('/openapi.json', open)).body;
});
afterAll(() => api.close());

interface Answered {
  readonly content?: Readonly<Record<string, { readonly example?: unknown }>>;
}
type Operations = Readonly<Record<string, { readonly operationId: string; readonly responses: Readonly<Record<string, Answered>> }>>;

const pathOf = (path: string) => path.replaceAll(/:([A-Za-z]+)/g, '{$1}');

describe('the OpenAPI document', () => {
  it('is of version 3.1 and readable without a key', () => {
    expect(document.openapi).toBe('3.1.0');
  });

  it('is a valid one by the schema of the OpenAPI Initiative, and its shapes are valid JSON Schema', async () => {
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    for (const [name, shape] of Object.entries<object>(document.components.schemas))
      expect({ name, valid: ajv.validateSchema(shape), errors: ajv.errors }).toEqual({ name, valid: true, errors: null });
  });

  it('describes every JSON answer down to its members: none is just an object', () => {
    for (const [path, methods] of Object.entries<Record<string, { responses: object }>>(document.paths))
      for (const [method, { responses }] of Object.entries(methods))
        for (const [status, response] of Object.entries<Record<string, never>>(responses as never))
          for (const [type, { schema }] of Object.entries<{ schema: object }>(response.content ?? {}))
            if (type.endsWith('json')) expect({ method, path, status, schema }).toMatchObject({ schema: { $ref: expect.any(String) } });
  });

  it('has a recorded example of every JSON answer of success, which is as the document describes it', () => {
    const { faults } = describedAnswers(document);
    const shown = Object.entries<Operations>(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { operationId, responses }]) =>
        Object.entries(responses).flatMap(([status, { content }]) => {
          const json = content?.['application/json'];
          if (!json || Number(status) >= 300) return [];
          const fault = 'example' in json ? faults(method.toUpperCase(), path, Number(status), json.example) : ['has no example'];
          return [{ operationId, status, fault }];
        }),
      ),
    );
    // LETOPIS_EXAMPLES=write npm test -- test/api/answers
    expect(shown.filter(({ fault }) => fault.length > 0)).toEqual([]);
    const recorded = Object.entries(answerExamples).flatMap(([operationId, examples]) =>
      Object.keys(examples).map((status) => `${operationId} ${status}`),
    );
    expect(recorded.toSorted()).toEqual(shown.map(({ operationId, status }) => `${operationId} ${status}`).toSorted());
  });

  it('describes events of the erased and events that are masked, and still requires what is not personal', () => {
    const { faultsOf } = describedAnswers(document);
    const masking = { ...defaultPolicies.masking[0]!, document: { supervisor: maskedKinds } };
    const { event: masked } = masksFor('supervisor', { ...defaultPolicies, masking: [masking] })!;
    let changed = 0;
    for (const definition of eventDefinitions) {
      const { type, version, schema, personal } = definition;
      const event = {
        ...{ id: 'e', type, schemaVersion: version, actor: { kind: 'system', id: 's' }, correlationId: 'c', commandId: 'c' },
        ...{ occurredAt: '2026-11-30T00:00:00.000Z', recordedAt: '2026-11-30T00:00:00.000Z', source: { system: 'crm', id: '1' } },
        ...{ stream: 's-1', revision: 0, position: '0', hash: '0'.repeat(64) },
        ...JSON.parse(readFileSync(`test/fixtures/events/${type}.v${version}.json`, 'utf8')),
      } as DomainEvent;
      const faults = (shown: object) => faultsOf(nameOf(type), shown);
      const erased = withoutPersonal(event, definition);
      expect({ type, faults: [event, erased, masked(event)].map(faults) }).toEqual({ type, faults: [[], [], []] });
      if (erased.data !== event.data) changed++;
      for (const plain of (schema as { readonly required?: readonly string[] }).required ?? []) {
        if (personal.includes(`/${plain}`)) continue;
        const { [plain]: _, ...data } = event.data as Readonly<Record<string, unknown>>;
        expect({ type, plain, rejected: faults({ ...event, data }).length > 0 }).toEqual({ type, plain, rejected: true });
      }
    }
    expect(changed).toBeGreaterThan(20);
    const { required, properties } = document.components.schemas.PromiseMadeEvent.properties.data;
    expect(required).toEqual(['promiseId', 'dueAt']);
    expect(properties.text.description).toContain(`"${MASKED}"`);
    expect(document.components.schemas.PromiseMadeOwnEvent.properties.data.required).toEqual(['promiseId', 'dueAt']);
  });

  it('names the body of every command, and has no shape that nothing speaks of', () => {
    for (const { name, path } of commandCatalogue)
      expect(document.paths[pathOf(path)].post.requestBody.content['application/json'].schema).toEqual({
        $ref: `#/components/schemas/${name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Body`,
      });
    const spoken = new Set([...JSON.stringify(document).matchAll(/#\/components\/schemas\/([A-Za-z0-9]+)/g)].map(([, name]) => name));
    expect(Object.keys(document.components.schemas).filter((name) => !spoken.has(name))).toEqual([]);
  });

  it('puts every operation under a tag that it explains, and names it once', () => {
    const operations = Object.values<Record<string, { tags: string[]; operationId: string }>>(document.paths).flatMap(Object.values);
    const tags = document.tags.map(({ name }: { name: string }) => name);
    for (const { operationId, tags: given } of operations)
      expect({ operationId, known: tags.includes(given[0]) }).toEqual({ operationId, known: true });
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });

  it('tells of every route that there is, and of no other', () => {
    const served = api.running.routes.filter((route) => !/ \/($|docs|problems|openapi\.json|asyncapi\.json)/.test(route));
    const described = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(served.map((route) => route.replace(/:[A-Za-z]+/g, (name) => `{${name.slice(1)}}`)).sort());
  });

  it('has a schema and an example for every command, and the example is accepted', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema(document, 'api');
    for (const definition of commandCatalogue) {
      const { schema, example } = document.paths[pathOf(definition.path)].post.requestBody.content['application/json'];
      const pointer = `api#/paths/${pathOf(definition.path).replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/post/requestBody/content/application~1json/schema`;
      const check = ajv.getSchema(pointer);
      expect(document.components.schemas[schema.$ref.split('/').at(-1)].additionalProperties).toBe(false);
      expect({ name: definition.name, valid: check?.(example), errors: check?.errors }).toEqual({
        name: definition.name,
        valid: true,
        errors: null,
      });
      const { occurredAt: _, ...body } = example;
      const inPath = Object.fromEntries([...definition.path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => [name, 'id-1']).slice(1));
      const whole = { ...inPath, ...(definition.generatedId && { [definition.generatedId]: 'id-2' }), ...body };
      const rejected = () => {
        try {
          readCommandBody(definition.body, whole);
          return [];
        } catch (error) {
          return (error as Problem).members.errors;
        }
      };
      expect({ name: definition.name, rejected: rejected() }).toEqual({ name: definition.name, rejected: [] });
    }
  });

  it('asks of a body what the server asks of it', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema(document, 'api');
    const fits = (body: string, value: object) => ajv.validate({ $ref: `api#/components/schemas/${body}` }, value);
    const contact = { channel: 'phone', direction: 'inbound', purpose: 'service' };
    expect(fits('RecordContactBody', { ...contact, labels: { 'a.b': 'x' } })).toBe(true);
    expect(fits('RecordContactBody', { ...contact, labels: { 'a b': 'x' } })).toBe(false);
    expect(fits('OpenDealBody', { expectedValue: { minor: 1, currency: 'EUR' } })).toBe(true);
    expect(fits('OpenDealBody', { expectedValue: { minor: 1.5, currency: 'EUR' } })).toBe(false);
    for (const [body, member, more] of [
      ['RegisterCustomerBody', 'customerId', { kind: 'person' }],
      ['RegisterCuratorBody', 'curatorId', {}],
    ] as const) {
      expect(fits(body, { ...more, [member]: 'id-1' })).toBe(true);
      expect(fits(body, { ...more, [member]: 'nadia@example.org' })).toBe(false);
    }
    expect(fits('PublishPolicyBody', { document: { existingPerYear: 4, potentialPerYear: 6 } })).toBe(true);
    expect(fits('PublishPolicyBody', { document: { existingPerYear: 4 } })).toBe(false);
  });

  it('says of every operation that wants a key whom it is open to, and it is open to nobody else', async () => {
    type Described = { readonly description?: string; readonly security?: []; readonly tags: readonly string[] };
    for (const [path, methods] of Object.entries<Record<string, Described>>(document.paths))
      for (const [method, { description, security, tags }] of Object.entries(methods)) {
        if (security !== undefined) continue;
        const [, allowed] = /^Roles: ([a-z, ]+)\./.exec(description ?? '') ?? [];
        expect({ path, method, allowed }).toEqual({ path, method, allowed: expect.any(String) });
        if (method !== 'get' || path.endsWith('/stream') || tags.includes('customers')) continue;
        for (const role of roles) {
          const { status } = await api.get(path.replaceAll(/[{}]/g, ''), { key: await api.keyFor(role) });
          expect({ path, role, rejected: status === 403 }).toEqual({ path, role, rejected: !allowed?.split(', ').includes(role) });
        }
      }
  });

  it('has no reference that leads nowhere', () => {
    const names = Object.keys(document.components.schemas);
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(names).toContain(name);
    for (const [, name] of text.matchAll(/"#\/components\/responses\/([^"]+)"/g))
      expect(document.components.responses).toHaveProperty(name ?? '');
  });

  it('lists the problems that the pages explain', async () => {
    const types: string[] = document.components.schemas.Problem.properties.type.enum;
    expect(types).toEqual(expect.arrayContaining(['/problems/deal-closed', '/problems/rate-limited']));
    for (const type of types.slice(0, 5)) expect((await api.get(type, open)).body).toContain('<h1>');
    expect((await api.get('/problems/no-such', open)).status).toBe(404);
  });
});

describe('the page', () => {
  it('works without any other network', async () => {
    const { body, headers } = await api.get('/docs', open);
    expect(body).not.toMatch(/https?:\/\//);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    for (const [, asset] of body.matchAll(/(?:src|href)="([^"]+)"/g)) expect((await api.get(`/${asset}`, open)).status).toBe(200);
    const root = await fetch(`${api.running.url}/`, { redirect: 'manual' });
    expect([root.status, root.headers.get('location')]).toEqual([303, 'docs']);
    expect((await api.get('/docs/..%2f..%2fpackage.json', open)).status).not.toBe(200);
  });
});
