import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { createLogger, readConfiguration } from '#platform';
import { type RunningApi, startApi } from '../../apps/api/src/start-api.js';
import { type Answer, call, temporaryFolder } from '../api/test-api.js';
import { type Workplace, workplace } from '../cli/letopis.js';
import { ask, contentOf, type KeptAnswer, type Question, untilReady } from './ask.js';
import { differencesOf, type Listed, matcherOf } from './differences.js';
import { encryptLog, readListed, readPacked, unpackFolder } from './fixture.js';

interface Expected {
  /** Tokens of the keys in the folder, by whose they are. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly repeated: {
    readonly requests: readonly {
      readonly who: string;
      readonly address: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: unknown;
      // biome-ignore lint/suspicious/noExplicitAny: of one command, or of several
      readonly answer: any;
    }[];
    readonly inbound: { readonly request: Parameters<RunningApi['services']['commands']['execute']>[0]; readonly answer: object };
  };
  /** What the import that was under way came to where fe43062 went on with it. */
  readonly unfinished: {
    readonly rows: number;
    readonly rejected: number;
    readonly resumedAtRow: number;
    readonly content: readonly string[];
  };
}

const expected = readPacked<Expected>('expected.json');
const answers = readPacked<readonly (Question & KeptAnswer)[]>('answers.json');
const listed = readListed<readonly Listed[]>('changed.json');
const tokenOf = (who: string): string => expected.tokens[who] ?? '';

describe('a data folder of fe43062', () => {
  const { folder, remove } = temporaryFolder();
  let api: RunningApi;
  beforeAll(async () => {
    unpackFolder(folder);
    api = await started(folder, encryptLog(folder));
    await untilReady(api.url);
  });
  afterAll(async () => {
    await api.close();
    remove();
  });

  it('gives the answers that it gave, except those that changed.json lists', async () => {
    expect(verdictOn(await differing(api, answers), listed)).toBe('');
  });

  it('is of a schema from now on that fe43062, which takes none above its own, does not open', () => {
    const untouched = temporaryFolder();
    unpackFolder(untouched.folder);
    const [before, now] = [schemaIn(`${untouched.folder}/data/chronicle.sqlite`), schemaIn(`${folder}/data/encrypted.sqlite`)];
    untouched.remove();
    expect(now).toBeGreaterThan(before);
  });

  it('lets in whom it let in but for a curator who has left, and nobody else', async () => {
    const statuses = await Promise.all(
      Object.entries(expected.tokens).map(
        async ([who, key]) => [who, (await call(`${api.url}/policies/cadence`, { key })).status] as const,
      ),
    );
    expect(Object.fromEntries(statuses)).toEqual({
      ...Object.fromEntries(statuses.map(([who]) => [who, 200])),
      revoked: 401,
      departed: 401,
    });
  });

  it('answers commands that are sent again as the first time', async () => {
    const before = await api.services.log.head();
    for (const { who, address, headers, body, answer } of expected.repeated.requests) {
      const again = await call(api.url + address, { key: tokenOf(who), body, headers });
      expect(commandAnswers(again.body)).toEqual(commandAnswers(answer).map((first) => ({ ...first, replayed: true })));
    }
    const { request, answer } = expected.repeated.inbound;
    expect(await api.services.commands.execute(request)).toEqual({ ...answer, replayed: true });
    expect(await api.services.log.head()).toBe(before);
  });

  it('knows a command of an import by the source that it had, with the same content alone', async () => {
    const { body } = await call(`${api.url}/events?types=purchase-recorded&limit=1000`, { key: tokenOf('admin') });
    const { id, stream, occurredAt, source, data } = body.events.find(
      ({ source: from }: { readonly source?: { readonly id: string } }) => from?.id === 'finished.csv:2#2',
    );
    const item = {
      ...{ name: 'record-purchase', customerId: stream.replace('relationship-', ''), occurredAt, remember: false },
      ...{ source: { system: 'shop', id: 'under its number' }, formerly: source },
    };
    const bodies = [data, { ...data, item: 'something else' }];
    const { body: answer } = await call(`${api.url}/commands`, {
      ...{ key: tokenOf('admin'), headers: { 'letopis-actor': 'import:shop' } },
      body: bodies.map((each) => ({ ...item, body: each })),
    });
    expect(answer.results).toMatchObject([
      { status: 200, result: { events: [id], replayed: true } },
      { status: 409, problem: { type: '/problems/purchase-id-taken' } },
    ]);
  });

  it('rejects a key or a source of before with another body', async () => {
    const occurredAt = '2026-11-10T10:00:00.000Z';
    for (const { who, address, headers, body: before } of expected.repeated.requests) {
      const items = Array.isArray(before) ? before.map((item) => ({ ...item, occurredAt })) : { ...(before as object), occurredAt };
      const { status, body } = await call(api.url + address, { key: tokenOf(who), body: items, headers });
      const problems = body.results?.map((result: { readonly problem?: { readonly type: string } }) => result.problem?.type) ?? [body.type];
      expect([address, status, [...new Set(problems)]]).toEqual([
        address,
        Array.isArray(before) ? 200 : 422,
        ['/problems/idempotency-conflict'],
      ]);
    }
    const { request } = expected.repeated.inbound;
    await expect(api.services.commands.execute({ ...request, occurredAt })).rejects.toThrow('used before for another command');
  });
});

describe('a data folder of fe43062 whose views are not built yet', () => {
  const { folder, remove } = temporaryFolder();
  let api: RunningApi;
  beforeAll(async () => {
    unpackFolder(folder);
    api = await started(folder, { ...encryptLog(folder), PROJECTOR: 'off' });
  });
  afterAll(async () => {
    await api.close();
    remove();
  });
  const get = (path: string) => call(api.url + path, { key: tokenOf('supervisor') });

  it('answers nothing about the company from what fe43062 built', async () => {
    for (const path of ['/views/funnel', '/views/churn', '/views/ladder', '/views/loss-reasons', '/views/desk/supervisor', '/customers']) {
      const { status, headers, body } = await get(path);
      expect([path, status, body.type, headers.get('retry-after')]).toEqual([path, 503, '/problems/view-not-built', '2']);
    }
    const { status, body } = await get('/health/ready');
    expect([status, new Set(body.views.map(({ live }: { readonly live: boolean }) => live))]).toEqual([503, new Set([false])]);
  });

  it('answers about single customers from the log, as fe43062 answered from its views', async () => {
    const ofOne = answers.filter(({ path }) => /^\/customers\/[^/?]+(\/timeline|\/ladder|\/churn(?=.*rfm=false))?(\?|$)/.test(path));
    expect(ofOne.length).toBeGreaterThan(200);
    const unlisted = (await differing(api, ofOne)).filter(({ where }) => !listed.some((entry) => matcherOf(entry).test(where)));
    expect(unlisted).toEqual([]);
  });

  it('shows the present of single customers as it does once the views are built', async () => {
    const present = async ({ url }: RunningApi, id: string) => {
      const [card, timeline] = await Promise.all(
        ['', '/timeline?limit=500'].map(async (path) => (await call(`${url}/customers/${id}${path}`, { key: tokenOf('supervisor') })).body),
      );
      const { asOf: _, churn: __, ladder: ___, requestId: _____, ...ofCard } = card;
      const { asOf: ____, requestId: ______, ...ofTimeline } = timeline;
      return { ofCard, ofTimeline };
    };
    const customers = [...new Set(answers.flatMap(({ path }) => /^\/customers\/(?!nobody)([A-Za-z0-9-]+)/.exec(path)?.[1] ?? []))];
    const unbuilt = await Promise.all(customers.map((id) => present(api, id)));
    const chronicle = new Database(`${folder}/data/encrypted.sqlite`);
    await chronicle.backup(`${folder}/copy.sqlite`);
    chronicle.close();
    const built = await started(folder, {
      EVENT_LOG_URL: `sqlite:${folder}/copy.sqlite`,
      READ_MODELS_URL: `sqlite:${folder}/built.sqlite`,
    });
    await untilReady(built.url);
    const head = await built.services.log.head();
    await ask(built.url, tokenOf('supervisor'), '/customers', head);
    expect(await Promise.all(customers.map((id) => present(built, id)))).toEqual(unbuilt);
    await built.close();
  });
});

describe('processes that are started for the first time on a data folder of fe43062', () => {
  const { folder, remove } = temporaryFolder();
  let api: RunningApi;
  beforeAll(async () => {
    unpackFolder(folder);
    api = await started(folder, { ...encryptLog(folder), PROCESSES: 'embedded' });
  });
  afterAll(async () => {
    await api.close();
    remove();
  });
  const post = (path: string, body: object) => call(api.url + path, { key: tokenOf('admin'), body });
  const found = async (types: string) => (await call(`${api.url}/events?types=${types}&limit=1000`, { key: tokenOf('admin') })).body.events;

  it('do nothing about what was overdue by then', async () => {
    await post('/policies/overdue', { document: { promiseGraceMinutes: 0, contactGraceMinutes: 0 } });
    const { customerId } = (await post('/customers', { kind: 'person' })).body.ids;
    while ((await found('process-begun')).length === 0);
    const dueAt = new Date(Date.now() + 500).toISOString();
    await post(`/customers/${customerId}/promises`, { promiseId: 'p', text: 'x', dueAt });
    while ((await found('process-commands-answered')).length === 0);
    const overdue = await found('promise-overdue,contact-overdue');
    expect(overdue.map(({ stream }: { readonly stream: string }) => stream)).toEqual([`relationship-${customerId}`]);
    const idOf = ({ data }: { readonly data: { readonly promiseId?: string; readonly contactId?: string } }) =>
      data.promiseId ?? data.contactId;
    const over = new Set((await found('promise-kept,promise-broken,contact-completed,contact-missed,contact-cancelled')).map(idOf));
    const due = (await found('promise-made,contact-planned')).filter(
      (event: Parameters<typeof idOf>[0] & { readonly data: { readonly dueAt?: string; readonly plannedFor?: string } }) =>
        !over.has(idOf(event)) && (event.data.dueAt ?? event.data.plannedFor ?? '') < dueAt,
    );
    expect(due.length).toBeGreaterThan(0);
  });
});

describe('imports of fe43062', () => {
  let place: Workplace;
  let encrypted: ReturnType<typeof encryptLog>;
  beforeAll(() => {
    place = workplace();
    unpackFolder(place.folder);
    encrypted = encryptLog(place.folder);
  });
  afterAll(() => place.remove());

  const importAgain = async (file: string) => {
    const { code, stdout, stderr } = await place.runWith(encrypted, 'import', file, '-m', 'mapping.json', '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    return JSON.parse(stdout) as Record<'rows' | 'rejected' | 'resumedAtRow' | 'eventsAppended', number>;
  };
  const imported = async () =>
    contentOf((await place.events(encrypted)).filter(({ source }) => source?.system === 'shop' && !/^order/.test(source.id)));

  it('go on where they were killed, and come to the same end', async () => {
    const { rows, rejected, resumedAtRow, content } = expected.unfinished;
    expect(await importAgain('unfinished.csv')).toMatchObject({ rows, rejected, resumedAtRow });
    expect(await imported()).toEqual(content);
  });

  it('append nothing when they were finished and are repeated', async () => {
    const before = await imported();
    expect(await importAgain('finished.csv')).toMatchObject({ eventsAppended: 0 });
    expect(await imported()).toEqual(before);
  });
});

const schemaIn = (file: string): number => {
  const chronicle = new Database(file, { readonly: true });
  try {
    return chronicle.pragma('user_version', { simple: true }) as number;
  } finally {
    chronicle.close();
  }
};

const started = async (folder: string, environment: Readonly<Record<string, string>> = {}): Promise<RunningApi> => {
  const configuration = readConfiguration({
    LETOPIS_DATA: `${folder}/data`,
    PORT: '0',
    RATE_LIMIT: '100000',
    LOG_LEVEL: 'fatal',
    // Neither what processes began nor a hash of the access log is to move the end of the log.
    ACCESS_LOG_ANCHOR_SECONDS: '86400',
    PROCESSES: 'off',
    ...environment,
  });
  return startApi({ configuration, logger: createLogger('silent') });
};

/** Where the API answers other than fe43062 did. */
const differing = async (api: RunningApi, asked: readonly (Question & KeptAnswer)[]) => {
  const head = await api.services.log.head();
  const found: { readonly where: string; readonly text: string }[] = [];
  for (const { role, path, ...before } of asked) {
    const now = await ask(api.url, tokenOf(role), path, head);
    for (const { at, before: was, now: is } of differencesOf(before, now)) {
      found.push({ where: `${role} ${path} ${at}`, text: `${short(was)} → ${short(is)}` });
    }
  }
  return found;
};

/** Of one command, or of each of several. */
const commandAnswers = (body: Answer['body']): readonly Readonly<Record<string, unknown>>[] =>
  body.results === undefined ? [body] : body.results.map(({ result }: { readonly result: object }) => result);

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'absent';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};

const SHOWN = 40;

/** Empty where all is as it should be, else what to mend or to list. */
const verdictOn = (found: readonly { readonly where: string; readonly text: string }[], listed: readonly Listed[]): string => {
  const matchers = listed.map((entry) => ({ entry, matcher: matcherOf(entry) }));
  const unlisted = found.filter(({ where }) => !matchers.some(({ matcher }) => matcher.test(where)));
  const idle = matchers.filter(({ matcher }) => !found.some(({ where }) => matcher.test(where)));
  return [
    ...unlisted.slice(0, SHOWN).map(({ where, text }) => `differs and is not listed: ${where}\n  ${text}`),
    ...(unlisted.length > SHOWN ? [`and ${unlisted.length - SHOWN} more`] : []),
    ...idle.map(({ entry }) => `is listed and does not differ: ${entry.where}`),
  ].join('\n');
};
