import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEventLog } from '#event-log';
import { personalFields } from '#event-log/registry/personal-fields.js';
import { eventCatalogue } from '#platform/events/current-events.js';
import { newEvent } from '#testing/new-event.js';
import { TokenIssuer } from '#testing/token-issuer.js';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import { showsCustomers } from '../../apps/api/src/views/view-definition.js';
import { type Asked, type AskedOperation, askedOperations, saidIn } from './asked-operations.js';
import { type Mark, type MarkedEvent, markedEvents } from './marked-events.js';
import { type Answer, call, TestApi, temporaryFolder } from './test-api.js';

/**
 * Two customers in whose events every text is one that stands nowhere else. The first one is ann's, of the team north, and then goes to bea, of
 * the team south; the second one is always bea's.
 */
const moved = 'zq-moved';
const other = 'zq-other';
const without = ['customer-erased', 'customer-merged', 'customer-unmerged'];
const events = {
  [moved]: markedEvents({ prefix: 1, without, linked: true }),
  [other]: markedEvents({ prefix: 2, without, linked: true }),
};

/** Texts of an event that the registry says are personal. */
const personalIn = ({ event: { type, schemaVersion, data }, marks }: MarkedEvent): readonly string[] => {
  // A segment is none.
  if (type === 'customer-details-corrected' && (data as { readonly field: string }).field === 'segment') return [];
  const pointers = personalFields(eventCatalogue.get(type)!, schemaVersion, data);
  const isIn = (at: string) =>
    pointers.some((pointer) => `${at}/`.includes(`${pointer}/`) && at.slice(at.indexOf('/')).startsWith(pointer));
  return marks.filter(({ at }) => isIn(at)).map(({ value }) => String(value));
};
const isText = ({ value }: Mark): boolean => typeof value === 'string' && /^(mark|key)\d+x$/.test(value);
const ownerOf = new Map<string, string>();
const personal = new Set<string>();
for (const customerId of [moved, other] as const)
  for (const event of events[customerId]) {
    for (const { value } of event.marks.filter(isText)) ownerOf.set(String(value), customerId);
    for (const text of personalIn(event)) personal.add(text);
  }
/** Of bea too, with an event that views cannot apply. */
const parked = 'zq-parked';
/** Totals may name a source or a stage by which they are broken down, but nothing personal. */
const totals = new Set(viewCatalogue.filter((view) => !showsCustomers(view)).map(({ name }) => name));
const markedTexts = /\b(?:mark|key)\d{5,}x/g;

/** Who asks; the columns of the page. */
const actors = [
  'supervisor',
  'auditor',
  'service',
  'admin',
  'subscriber',
  'north',
  'south',
  'ann',
  'bea',
  'cid',
  moved,
  other,
  'nobody',
] as const;
type ActorName = (typeof actors)[number];
const keys = new Map<string, string>();

type Phase = 'before' | 'after';
const mayOpen = (actor: ActorName, customerId: string, phase: Phase): boolean => {
  if (['supervisor', 'auditor', 'service', 'admin', 'subscriber'].includes(actor)) return true;
  const isBeas = customerId !== moved || phase === 'after';
  if (actor === 'ann' || actor === 'north') return !isBeas;
  if (actor === 'bea' || actor === 'south') return isBeas;
  return actor === customerId;
};

let api: TestApi;
let issuer: TokenIssuer;
let removeFolder: () => void;
let operations: readonly AskedOperation[];
const outcomes = new Map<string, string>();
const leaks: string[] = [];
/** Answers that showed personal texts: who was shown whose, by which operation. */
const shown = new Set<string>();

beforeAll(async () => {
  const { folder, remove } = temporaryFolder();
  removeFolder = remove;
  const EVENT_LOG_URL = `sqlite:${folder}/chronicle.sqlite`;
  const log = await openEventLog(EVENT_LOG_URL, { registry: eventCatalogue });
  const assigned = (curatorId: string) =>
    newEvent({ type: 'curator-assigned', data: { curatorId, from: '2026-02-01T00:00:00.000Z' }, occurredAt: '2026-02-01T00:00:00.000Z' });
  for (const [customerId, curatorId] of [
    [moved, 'ann'],
    [other, 'bea'],
  ] as const)
    await log.append(`relationship-${customerId}`, 'none', [...events[customerId].map(({ event }) => event), assigned(curatorId)]);
  const broken = newEvent({ type: 'deal-opened', data: {}, occurredAt: '2026-02-02T00:00:00.000Z' });
  const registered = newEvent({
    type: 'customer-registered',
    data: { kind: 'person', role: 'customer' },
    occurredAt: '2026-01-01T00:00:00.000Z',
  });
  await log.append(`relationship-${parked}`, 'none', [registered, assigned('bea'), broken]);
  await log.close();
  issuer = await TokenIssuer.start();
  const oidc = { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: 'letopis', OIDC_TEAM_CLAIM: 'team' };
  api = await TestApi.start({ EVENT_LOG_URL, BODY_LIMIT: '4m', ...oidc });
  for (const [curatorId, team] of [
    ['ann', 'north'],
    ['bea', 'south'],
    ['cid', 'south'],
  ])
    await api.post('/curators', { curatorId, team });
  for (const role of ['supervisor', 'auditor', 'service', 'admin', 'subscriber'] as const) keys.set(role, await api.keyFor(role, role));
  await api.post(
    '/subscribers',
    { subscriberId: 'subscriber', contact: 'dpo@example.org', deadlineDays: 7 },
    { key: await api.keyFor('admin') },
  );
  keys.set('north', await api.keyFor('supervisor', 'north', 'north'));
  // By a token, which limits as a key does.
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  keys.set('south', await issuer.token({ sub: 'south', roles: ['supervisor'], team: 'south', exp }));
  for (const curatorId of ['ann', 'bea', 'cid']) keys.set(curatorId, await api.keyFor('curator', curatorId));
  for (const customerId of [moved, other]) keys.set(customerId, await api.keyFor('customer', customerId));
  const { body: document } = await api.get('/openapi.json');
  const found = (type: string, pointer: string) =>
    [moved, other].map((customerId) =>
      String(
        events[customerId as typeof moved].flatMap(({ marks }) => marks).find(({ at }) => at.startsWith(`${type}#`) && at.endsWith(pointer))
          ?.value,
      ),
    );
  operations = askedOperations(document, {
    customerIds: [moved, other],
    curatorIds: ['ann', 'bea', 'cid', 'none'],
    names: found('customer-registered', '/displayName'),
    identifiers: found('customer-identifier-added', '/value'),
    eventIds: [events[moved], events[other]].map((of) => of.find(({ event }) => event.type === 'purchase-recorded')!.event.id),
  });
});
afterAll(async () => {
  if (process.env.LETOPIS_LEAKS)
    writeFileSync(
      process.env.LETOPIS_LEAKS,
      JSON.stringify(
        { leaks, requests: operations.reduce((sum, { requests }) => sum + requests.length, 0), outcomes: [...outcomes] },
        null,
        1,
      ),
    );
  await api.close();
  await issuer.goAway();
  removeFolder();
});

const ask = async (actor: ActorName, { address, method, body, headers }: Asked, feed: boolean): Promise<Answer> => {
  const key = keys.get(actor);
  if (!feed)
    return call(api.running.url + address, {
      method,
      ...(key !== undefined && { key }),
      ...(body !== undefined && { body }),
      ...(headers && { headers }),
    });
  const ending = new AbortController();
  const response = await fetch(api.running.url + address, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    signal: ending.signal,
  });
  let text = '';
  const read = (async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) text += chunk;
  })().catch(() => undefined);
  await Promise.race([read, sleep(response.status === 200 ? 400 : 5_000)]);
  ending.abort();
  await read;
  return { status: response.status, headers: response.headers, body: text, text };
};

const problemOf = ({ body }: Answer): string => {
  const { type } = (typeof body === 'string' && body.startsWith('{') ? JSON.parse(body) : body) as { type?: string };
  return type ?? '';
};

/** What the operation does with the customer who moved: shows it, decides a command on it, or says what else. */
const outcomeOf = (operation: AskedOperation, answer: Answer, shows: boolean): string => {
  if (answer.status === 401) return '401';
  if (answer.status === 403) return '403';
  if (answer.status === 404 && problemOf(answer) === '/problems/not-found') return '404';
  if (shows) return 'shown';
  return operation.method === 'GET' ? 'open' : 'allowed';
};
const strongest = ['shown', 'allowed', 'open', '404', '403', '401'];

const askEverything = async (phase: Phase): Promise<void> => {
  for (const actor of actors) {
    const askAll = async (of: readonly AskedOperation[]): Promise<void> => {
      for (const operation of of) await askOne(phase, actor, operation);
    };
    // A feed is listened to for a while, so all of them at once.
    const feeds = operations.filter(({ feed }) => feed);
    await Promise.all([askAll(operations.filter(({ feed }) => !feed)), ...feeds.map((feed) => askAll([feed]))]);
  }
};

const askOne = async (phase: Phase, actor: ActorName, operation: AskedOperation): Promise<void> => {
  const { id, requests, feed } = operation;
  let best = '401';
  for (const asked of requests) {
    const answer = await ask(actor, asked, feed);
    expect({ asked, status: answer.status < 500 || answer.status }).toEqual({ asked, status: true });
    const said = saidIn(answer);
    const sent = JSON.stringify(asked);
    const texts = [...new Set(said.match(markedTexts))].filter(
      (text) => ownerOf.has(text) && !sent.includes(text) && (!totals.has(id) || personal.has(text)),
    );
    const owners = new Set(texts.map((text) => ownerOf.get(text)!));
    for (const customerId of [moved, other, parked]) {
      if (mayOpen(actor, customerId, phase)) continue;
      const names = said.includes(customerId) && !sent.includes(customerId);
      if (owners.has(customerId) || names) leaks.push(`${phase} ${actor} ${asked.method} ${asked.address}: ${customerId}`);
    }
    const showsPersonal = texts.filter((text) => personal.has(text)).map((text) => ownerOf.get(text)!);
    if (answer.status < 300) for (const customerId of new Set(showsPersonal)) shown.add(`${id} ${actor} ${customerId}`);
    if (asked.address.includes(other) && !asked.address.includes(moved)) continue;
    const outcome = outcomeOf(operation, answer, owners.has(moved) || (said.includes(moved) && !sent.includes(moved)));
    if (strongest.indexOf(outcome) < strongest.indexOf(best)) best = outcome;
  }
  outcomes.set(`${phase} ${id} ${actor}`, best);
};

const column = (actor: ActorName, phase: Phase) => operations.map(({ id }) => outcomes.get(`${phase} ${id} ${actor}`));

describe('every operation of the OpenAPI document, asked by every role', () => {
  it('shows nothing of a customer out of scope, nor its id: before it goes to another curator', async () => {
    await askEverything('before');
    expect(leaks).toEqual([]);
  });

  it('and after that', async () => {
    const { status, body } = await api.post(`/customers/${moved}/curator`, { curatorId: 'bea' });
    expect({ status, body }).toMatchObject({ status: 200 });
    await api.get(`/customers`, { headers: { 'min-position': body.position } });
    await askEverything('after');
    expect(leaks).toEqual([]);
    expect(column('ann', 'after')).toEqual(column('cid', 'before'));
    expect(column('bea', 'after')).toEqual(column('ann', 'before'));
    expect(column('south', 'after')).toEqual(column('north', 'before'));
    expect(column('north', 'after')).toEqual(column('south', 'before'));
    for (const actor of ['supervisor', 'auditor', 'service', 'admin', 'subscriber', moved, other, 'nobody'] as const)
      expect(column(actor, 'after')).toEqual(column(actor, 'before'));
  });

  it('that shows personal data is recorded in the access log, with the customer and with who was shown it', async () => {
    expect(shown.size).toBeGreaterThan(50);
    const recorded = new Set<string>();
    const missing = () => [...shown].filter((each) => !recorded.has(each));
    for (let tries = 0; tries < 40 && missing().length > 0; tries++) {
      for (const customerId of [moved, other])
        for (const actor of actors) {
          const query = `customerId=${customerId}&actorId=${actor}&limit=1000`;
          const { body } = await api.get(`/access-log?${query}`, { key: keys.get('auditor')! });
          for (const entry of body.entries) recorded.add(`${entry.operation} ${entry.actorId} ${entry.customerId}`);
        }
      await sleep(50);
    }
    expect(missing()).toEqual([]);
  });

  it('is listed in docs/access.md with what it does', () => {
    const page = pageOf();
    if (process.env.LETOPIS_ACCESS_PAGE === 'write') writeFileSync('docs/access.md', page);
    expect(readFileSync('docs/access.md', 'utf8')).toBe(page);
  });
});

const columns: readonly (readonly [title: string, actor: ActorName])[] = [
  ['supervisor', 'supervisor'],
  ['of its team', 'north'],
  ['of another team', 'south'],
  ['auditor', 'auditor'],
  ['service', 'service'],
  ['subscriber', 'subscriber'],
  ['admin', 'admin'],
  ['its curator', 'ann'],
  ['another curator', 'cid'],
  ['the customer', moved],
  ['another customer', other],
  ['no key', 'nobody'],
];

const pageOf = (): string =>
  [
    '# Access',
    '',
    'What each operation of the API does about one customer, by who asks. `test/api/access-table.e2e.spec.ts` asks all of them and writes',
    'this page (`LETOPIS_ACCESS_PAGE=write npm test -- test/api/access-table`). It fails if an answer contains an id or a text of a customer',
    'out of scope, before and after the customer went to another curator and team, or if personal data were shown and not',
    '[recorded](api.md#the-access-log). The rules: [Keys and roles](api.md#keys-and-roles).',
    '',
    '- **shown**: the answer has data or the id of the customer.',
    '- **allowed**: the command is decided, and rejected or accepted by its rules.',
    '- **open**: answered, without anything of this customer; a total may count it, and name the source or stage by which it is broken down.',
    '- **404**, **403**, **401**: as if the customer were not there; not for this role; a key is required.',
    '',
    'The columns *of its team* and *of another team* are supervisors whose key or token names a team.',
    '',
    `| operation | ${columns.map(([title]) => title).join(' | ')} |`,
    `| --- | ${columns.map(() => '---').join(' | ')} |`,
    ...operations
      .toSorted((one, two) => (`${one.path} ${one.method}` < `${two.path} ${two.method}` ? -1 : 1))
      .map(
        ({ id, method, path }) =>
          `| \`${method} ${path}\` | ${columns.map(([, actor]) => outcomes.get(`before ${id} ${actor}`)).join(' | ')} |`,
      ),
    '',
  ].join('\n');
