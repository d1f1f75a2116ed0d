import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger, type Logger, readConfiguration } from '#platform';
import type { Role } from '#relationship';
import { type RunningApi, startApi } from '../../apps/api/src/start-api.js';
import { encryptedInPlace } from './encrypted-in-place.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what comes over HTTP has the shape that the test expects of it
  readonly body: any;
  /** As it was sent. */
  readonly text: string;
}

export interface Call {
  readonly method?: string;
  readonly key?: string;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Not asked again when the view is still behind `Min-Position`, as a client otherwise does at `Retry-After`. */
  readonly once?: boolean;
}

export const call = async (url: string, asked: Call): Promise<Answer> => {
  for (;;) {
    const answer = await callOnce(url, asked);
    if (asked.once || answer.body?.type !== '/problems/view-behind') return answer;
  }
};

const callOnce = async (url: string, { method, key, body, raw, headers }: Call): Promise<Answer> => {
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url, {
    method: method ?? (content === undefined ? 'GET' : 'POST'),
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(content !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(content !== undefined && { body: content }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text,
    text,
  };
};

/** Where the `Link` of an answer leads to the next page, for whoever asked for this address. */
export const nextOf = ({ headers }: Pick<Answer, 'headers'>, address: string): string | undefined => {
  const target = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
  if (target === undefined) return undefined;
  const { pathname, search } = new URL(target, new URL(address, 'http://api'));
  return pathname + search;
};

/** Without the hash of how the record was shown. */
export const revisionTag = ({ headers }: Pick<Answer, 'headers'>): string | null =>
  headers.get('etag')?.replace(/^"(\d+)\.[\w-]{22}"$/, '"$1"') ?? null;

export const temporaryFolder = (): { readonly folder: string; readonly remove: () => void } => {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-api-'));
  const remove = () => {
    for (const each of [folder, `${folder}.keep`]) rmSync(each, { recursive: true, force: true });
  };
  return { folder, remove };
};

/** An API of its own, on a folder and a port of its own. */
export class TestApi {
  private constructor(
    readonly running: RunningApi,
    private readonly removeFolder: () => void,
    /** A supervisor's. */
    readonly key: string,
  ) {}

  static async start(
    environment: Readonly<Record<string, string>> = {},
    logger: Logger = createLogger('silent'),
    until: (url: string) => Promise<void> = ready,
  ): Promise<TestApi> {
    const { folder, remove } = temporaryFolder();
    const configuration = readConfiguration({
      LETOPIS_DATA: folder,
      PORT: '0',
      LOG_LEVEL: 'fatal',
      // It marks in the log where it begins, a moment after the start.
      PROCESSES: 'off',
      RATE_LIMIT: '100000',
      ADDRESS_RATE_LIMIT: '100000',
      ...environment,
    });
    await encryptedInPlace(configuration);
    const running = await startApi({ configuration, logger });
    await until(running.url);
    return new TestApi(running, remove, await newKey(running, 'supervisor', 'sup-1'));
  }

  keyFor(role: Role, actorId = `${role}-1`, team?: string): Promise<string> {
    return newKey(this.running, role, actorId, team);
  }

  /** One of a supervisor, where that role may; else one of an admin. */
  async keyOfAny(roles: readonly Role[]): Promise<string> {
    return roles.includes('supervisor') ? this.key : this.keyFor('admin');
  }

  get(address: string, options: Call = {}): Promise<Answer> {
    return call(this.running.url + address, { key: this.key, ...options });
  }

  post(address: string, body: unknown, options: Call = {}): Promise<Answer> {
    return call(this.running.url + address, { key: this.key, body, ...options });
  }

  /** The id of a new customer, in the portfolio of the curator where one is given. */
  async register(curatorId?: string): Promise<string> {
    const { body } = await this.post('/customers', { kind: 'person', displayName: 'Ольга Ветрова' });
    const { customerId } = body.ids;
    if (curatorId !== undefined) {
      await this.post('/curators', { curatorId });
      await this.post(`/customers/${customerId}/curator`, { curatorId });
    }
    return customerId;
  }

  async close(): Promise<void> {
    await this.running.close();
    this.removeFolder();
  }
}

/** On an empty folder the views are built in a moment; until then they answer 503. */
export const ready = async (url: string): Promise<void> => {
  while ((await call(`${url}/health/ready`, {})).status !== 200) await new Promise((resolve) => setTimeout(resolve, 25));
};

const newKey = async ({ services }: RunningApi, role: Role, actorId: string, team?: string): Promise<string> =>
  (await services.keys.create({ role, actorId, ...(team && { team }), name: `${role} of a test`, now: new Date().toISOString() })).token;

export const inbound = { channel: 'phone', direction: 'inbound', purpose: 'information' } as const;
