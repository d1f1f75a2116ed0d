import { setTimeout as sleep } from 'node:timers/promises';

/** What a newcomer is shown: the same requests are printed to be tried by hand and checked by `demo --once`. */
export interface Stop {
  readonly title: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** What is wrong with the answer; undefined when it is as it must be. */
  readonly complaint: (answer: Answer) => string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Undefined where the answer is no JSON. */
  readonly json: unknown;
}

export interface Visitor {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  send(stop: Stop): Promise<Answer>;
}

export const visitor = (url: string, token: string): Visitor => {
  const request = async (method: string, path: string, headers: Readonly<Record<string, string>>, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json: unknown = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
    return { status: response.status, text, json };
  };
  return {
    get: (path, headers = {}) => request('GET', path, headers),
    send: ({ method, path, body }) => request(method, path, {}, body),
  };
};

const mustSay =
  (...words: readonly string[]) =>
  ({ status, text }: Answer): string | undefined => {
    if (status < 200 || status > 299) return `answered ${status}: ${text.slice(0, 300)}`;
    const missing = words.filter((word) => !text.includes(word));
    return missing.length > 0 ? `does not contain ${missing.join(', ')}: ${text.slice(0, 300)}` : undefined;
  };

interface Sights {
  /** Somebody with a long history, and the curator who answers for that customer today. */
  readonly customerId: string;
  readonly curatorId: string;
  /** Id of the contact that the visitor writes. */
  readonly contactId: string;
  /** Days, `YYYY-MM-DD`. */
  readonly lastYear: string;
  readonly workday: string;
}

export const tourOf = ({ customerId, curatorId, contactId, lastYear, workday }: Sights): readonly Stop[] => [
  {
    title: 'all past and planned events of one customer, newest first',
    method: 'GET',
    path: `/customers/${customerId}/timeline?limit=10`,
    complaint: mustSay('planned', '"at"', 'eventId'),
  },
  {
    title: 'the rung of that customer on the loyalty ladder, the events behind it, and when it lapses',
    method: 'GET',
    path: `/customers/${customerId}/ladder`,
    complaint: mustSay('rung', 'because', 'missing', 'lapsesAt'),
  },
  {
    title: 'the funnel as it was a year ago (omit asOf for today)',
    method: 'GET',
    path: `/views/funnel?asOf=${lastYear}`,
    complaint: mustSay('lead', 'qualified', 'proposal', 'negotiation', 'contract', 'won'),
  },
  {
    title: 'customers at risk of leaving',
    method: 'GET',
    path: '/views/churn/customers?risk=high&limit=5',
    complaint: mustSay('high', 'customerId'),
  },
  {
    title: 'the plan of the curator for the next working day, and what is overdue',
    method: 'GET',
    path: `/views/desk?curatorId=${curatorId}&date=${workday}`,
    complaint: mustSay('plan', 'overdueContacts', 'portfolio'),
  },
  {
    title: 'record a contact; it appears in the timeline immediately',
    method: 'POST',
    path: `/customers/${customerId}/contacts`,
    body: { contactId, channel: 'phone', direction: 'inbound', purpose: 'information', summary: 'Called to see Letopis at work.' },
    complaint: mustSay('position', contactId),
  },
];

export const asCurl = (url: string, { method, path, body }: Stop): string =>
  method === 'GET'
    ? `curl -sH "$auth" '${url}${path}'`
    : `curl -sH "$auth" -H 'content-type: application/json' '${url}${path}' -d '${JSON.stringify(body)}'`;

/** Waits until every view has caught up with the log; the demo was loaded before, so it does. */
export const untilReady = async (guest: Visitor, signal: AbortSignal): Promise<void> => {
  for (;;) {
    signal.throwIfAborted();
    const { status } = await guest.get('/health/ready');
    if (status === 200) return;
    await sleep(100, undefined, { signal });
  }
};
