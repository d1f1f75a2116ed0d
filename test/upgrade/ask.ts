/** How a question is put, and what of the answer is kept: for the program that recorded the answers and for the test that compares them. */

export interface Question {
  /** Whose key. */
  readonly role: string;
  readonly path: string;
}

export interface KeptAnswer {
  readonly status: number;
  readonly etag: string | null;
  /** One a page. */
  readonly bodies: readonly unknown[];
}

/** The answer of views that have reached `position`, without what differs from request to request. */
export const ask = async (url: string, token: string, path: string, position: string): Promise<KeptAnswer> => {
  const bodies: unknown[] = [];
  let first: Omit<KeptAnswer, 'bodies'> | undefined;
  for (let next: string | undefined = path; next !== undefined; ) {
    const response: Response = await fetch(url + next, { headers: { authorization: `Bearer ${token}`, 'min-position': position } });
    const text = await response.text();
    if (response.status === 503) continue;
    first ??= { status: response.status, etag: revisionIn(response.headers.get('etag')) };
    const { requestId: _, ...body } = JSON.parse(text) as Record<string, unknown>;
    bodies.push(body);
    const link = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    next = link && new URL(link, response.url).href.slice(url.length);
  }
  return { ...(first as Omit<KeptAnswer, 'bodies'>), bodies };
};

/** Of a tag the revision alone: what it says beside that is a hash of the answer, which is compared itself. */
const revisionIn = (etag: string | null): string | null => /^"(\d+)(?:\.[\w-]{22})?"$/.exec(etag ?? '')?.[1]?.replace(/.*/, '"$&"') ?? null;

export const untilReady = async (url: string): Promise<void> => {
  while (!(await fetch(`${url}/health/ready`)).ok) await new Promise((resolve) => setTimeout(resolve, 50));
};

interface ImportedEvent {
  readonly type: string;
  readonly stream: string;
  readonly occurredAt: string;
  readonly source?: unknown;
  readonly data: unknown;
}

/** What imported events say, without what differs from run to run. */
export const contentOf = (events: readonly ImportedEvent[]): readonly string[] =>
  events.map(({ type, stream, occurredAt, source, data }) => JSON.stringify([stream, type, occurredAt, source, data])).sort();
