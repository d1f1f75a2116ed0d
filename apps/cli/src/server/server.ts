import { type NextTry, persistently } from '#async';
import { inSentence, type ShownProblem } from '../sink/problem-sentence.js';
import { CliError, unavailable } from '../terminal/cli-error.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';

/** A request that the server rejected. */
export class RejectedRequest extends CliError {
  constructor(
    message: string,
    exit: ExitCode,
    readonly problem: ShownProblem,
  ) {
    super(message, exit);
  }
}

/** A running Letopis, spoken to over HTTP with an API key or a token. */
export interface Server {
  get<Answer>(path: string, parameters?: Readonly<Record<string, string | undefined>>): Promise<Answer>;
  /** With the cursor of the `Link` header that leads to the next page. */
  getPage(
    path: string,
    parameters?: Readonly<Record<string, string | undefined>>,
  ): Promise<{ readonly body: unknown; readonly next?: string | undefined }>;
  /** Every page of a list: one may hold fewer than asked for although there is a next one. */
  pages<Answer>(path: string, parameters: Readonly<Record<string, string | undefined>>): AsyncGenerator<Answer>;
  post<Answer>(path: string, body: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The lines of an event stream (SSE) as they come. */
  follow(path: string, parameters: Readonly<Record<string, string | undefined>>, signal: AbortSignal): AsyncGenerator<string>;
  failure(problem: string): CliError;
}

const ATTEMPTS = 5;
const PAUSES = { firstMs: 250, longestMs: 1_000 };

export function connectServer(url: string, key: string | undefined): Server {
  const base = checkUrl(url);
  if (!key)
    throw new CliError(
      '--server requires an API key (--key or LETOPIS_KEY; `letopis keys create` creates one) or a token of the issuer (--token or LETOPIS_TOKEN)',
    );
  if (!/^[!-~]+$/.test(key))
    throw new CliError('--key is not an API key: a key begins with letopis_ and contains no spaces; nor does a token of --token');
  const failure = (problem: string) => unavailable(`${base.origin}: ${problem}`);
  const headers = { authorization: `Bearer ${key}`, accept: 'application/json' };
  const address = (path: string, parameters: Readonly<Record<string, string | undefined>> = {}) => {
    // The server may be behind a path of a proxy.
    const target = new URL(base.pathname.replace(/\/$/, '') + path, base);
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) target.searchParams.set(name, value);
    return target;
  };

  /** Busy and stopping servers are asked again; every command is safe to repeat. */
  function request(target: URL, init: RequestInit): Promise<Response> {
    const signal = (init.signal as AbortSignal | undefined) ?? new AbortController().signal;
    let isPassing = true;
    const once = async () => {
      isPassing = true;
      const response = await fetch(target, init).catch((error: Error) => {
        if (signal.aborted) throw error;
        const cause = error.cause as Error | undefined;
        throw failure(`does not answer (${cause?.message ?? error.message}); is \`letopis serve\` running there?`);
      });
      if (response.ok) return response;
      isPassing = response.status === 503 || response.status === 429;
      throw await problem(response);
    };
    const failed = (error: unknown, { failures }: NextTry) => {
      if (!isPassing || failures === ATTEMPTS) throw error;
    };
    return persistently(once, signal, failed, PAUSES);
  }

  async function problem(response: Response): Promise<CliError> {
    const details = (await response.json().catch(() => undefined)) as ShownProblem | undefined;
    const sentence = details ? inSentence(details) : `answered ${response.status}`;
    if (response.status >= 500 || response.status === 429) return failure(sentence);
    if (response.status === 401 && key?.startsWith('letopis_'))
      return new CliError(`${base.origin}: this API key is unknown or revoked; \`letopis keys list\` lists all`);
    const exit = response.status === 404 ? exitCode.partly : exitCode.usage;
    const message = `${base.origin}: ${sentence}`;
    return details ? new RejectedRequest(message, exit, details) : new CliError(message, exit);
  }

  return {
    failure,
    get: async (path, parameters) => (await request(address(path, parameters), { headers })).json() as never,
    async getPage(path, parameters) {
      const response = await request(address(path, parameters), { headers });
      return { body: await response.json(), next: nextQuery(response.headers.get('link'))?.cursor };
    },
    async *pages(path, parameters) {
      for (let query: Readonly<Record<string, string | undefined>> | undefined = parameters; query !== undefined; ) {
        const response = await request(address(path, query), { headers });
        yield (await response.json()) as never;
        query = nextQuery(response.headers.get('link'));
      }
    },
    async post(path, body, more) {
      const init = { method: 'POST', body, headers: { ...headers, ...more, 'content-type': 'application/json' } };
      return (await request(address(path), init)).json() as never;
    },
    async *follow(path, parameters, signal) {
      const response = await request(address(path, parameters), { headers: { ...headers, accept: 'text/event-stream' }, signal });
      let rest = '';
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
    },
  };
}

function checkUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new CliError(`--server must be an address such as http://127.0.0.1:3000, not ${JSON.stringify(url)}`);
  return parsed;
}

function nextQuery(link: string | null): Readonly<Record<string, string>> | undefined {
  const target = /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1];
  return target === undefined ? undefined : Object.fromEntries(new URL(target, 'http://localhost').searchParams);
}
