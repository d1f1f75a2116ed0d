import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DomainEvent, type EventLog, EventLogUnavailable, ORIGIN } from '#event-log';
import { chooseDerivedIds, readConfiguration } from '#platform';
import { openLetopisLog } from '#platform/privacy/open-letopis-log.js';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own with an empty chronicle, and the public CLI run as a process of its own on it. */
export interface Workplace {
  readonly folder: string;
  file(name: string, content: string | Buffer): string;
  /** Before its first event: ids are derived under the same secret as in every other such chronicle. */
  shareIds(): Promise<void>;
  run(...args: readonly string[]): Promise<Ended>;
  runWith(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended>;
  start(environment: Readonly<Record<string, string>>, ...args: readonly string[]): ChildProcess;
  /** With its standard output in a file. */
  runInto(file: string, ...args: readonly string[]): Promise<Ended>;
  read(name: string): string;
  /** Every event of the chronicle, or of that at another `EVENT_LOG_URL`. */
  events(environment?: { readonly EVENT_LOG_URL: string }): Promise<readonly StoredEvent[]>;
  /** 0 where there is no chronicle yet, or one that is being made. */
  eventCount(): Promise<number>;
  /** Without those that imports remember. */
  domainEvents(): Promise<readonly StoredEvent[]>;
  remove(): void;
}

export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly occurredAt: string;
  readonly source?: { readonly system: string; readonly id: string };
  readonly actor: object;
  readonly data: Readonly<Record<string, unknown>>;
}

const node = path.resolve('node_modules/.bin/node');

/** @param root of the tree whose build is run, on the Node that package.json pins; `npm test` brings that of this one up to date first */
export function workplace(root = '.'): Workplace {
  const program = path.resolve(root, 'dist/apps/cli/src/main.js');
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-cli-'));
  const data = path.join(folder, 'data');
  const children = new Set<ChildProcess>();

  const startInto = (output: 'pipe' | number, environment: Readonly<Record<string, string>>, args: readonly string[]): ChildProcess => {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const child = spawn(node, [program, ...args], {
      cwd: folder,
      stdio: ['pipe', output, 'pipe'],
      env: { ...inherited, LETOPIS_DATA: data, LOG_LEVEL: 'silent', ...environment },
    });
    children.add(child);
    child.once('close', () => children.delete(child));
    return child;
  };
  const start: Workplace['start'] = (environment, ...args) => startInto('pipe', environment, args);
  const ended = (child: ChildProcess): Promise<Ended> => {
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin?.end();
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  };
  const runWith: Workplace['runWith'] = (environment, ...args) => ended(start(environment, ...args));
  const chronicle = path.join(data, 'chronicle.sqlite');
  async function read<Result>(nothing: Result, work: (log: EventLog) => Promise<Result>, environment = {}): Promise<Result> {
    if (!existsSync(chronicle)) return nothing;
    const log = await openLetopisLog(readConfiguration({ LETOPIS_DATA: data, ...environment }));
    try {
      return await work(log);
    } finally {
      await log.close();
    }
  }
  const events: Workplace['events'] = (environment) =>
    read<readonly StoredEvent[]>(
      [],
      async (log) => {
        const all: StoredEvent[] = [];
        for await (const batch of log.readAll()) all.push(...(batch as readonly DomainEvent[] as readonly StoredEvent[]));
        return all;
      },
      environment,
    );
  return {
    folder,
    start,
    runWith,
    async runInto(file, ...args) {
      const output = openSync(file, 'w');
      try {
        return await ended(startInto(output, {}, args));
      } finally {
        closeSync(output);
      }
    },
    run: (...args) => runWith({}, ...args),
    file(name, content) {
      const target = path.join(folder, name);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, content);
      return target;
    },
    shareIds: () => chooseDerivedIds(`sqlite:${path.join(data, 'keys.sqlite')}`, { id: '1f0c2a9b', bytes: Buffer.alloc(32, 7) }),
    read: (name) => readFileSync(path.join(folder, name), 'utf8'),
    events,
    eventCount: () =>
      read(0, async (log) => log.count!(ORIGIN, await log.head())).catch((error) => {
        if (error instanceof EventLogUnavailable) return 0;
        throw error;
      }),
    domainEvents: async () => (await events()).filter(({ stream }) => !/^(import-|installation$)/.test(stream)),
    remove() {
      for (const child of children) child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A mapping of contacts as they were planned at their time. */
export const plansMapping = {
  system: 'plans',
  source: { format: 'csv' },
  occurredAt: { $date: { $column: 'day' }, format: 'yyyy-MM-dd', zone: 'Europe/Rome' },
  commands: [
    {
      command: 'register-customer',
      once: true,
      target: { $id: 'customer', of: 'customer' },
      body: { kind: 'person', displayName: { $column: 'customer' } },
    },
    {
      command: 'plan-contact',
      target: { $id: 'customer', of: 'customer' },
      body: {
        contactId: { $row: 'contact' },
        channel: 'phone',
        direction: 'outbound',
        purpose: 'service',
        plannedFor: { $date: { $column: 'planned' }, format: 'yyyy-MM-dd', zone: 'Europe/Rome' },
      },
    },
  ],
} as const;

/** A mapping of leads: a customer, and a purchase where there is an amount. */
export const leadsMapping = {
  system: 'shop',
  source: { format: 'csv' },
  occurredAt: { $date: { $column: 'day' }, format: 'yyyy-MM-dd', zone: 'Europe/Rome' },
  commands: [
    {
      command: 'register-customer',
      once: true,
      target: { $id: 'customer', of: 'email' },
      body: { kind: 'person', displayName: { $column: 'name' }, identifiers: [{ kind: 'email', value: { $column: 'email' } }] },
    },
    {
      command: 'record-purchase',
      when: { column: 'amount', notEmpty: true },
      target: { $id: 'customer', of: 'email' },
      body: {
        purchaseId: { $row: 'purchase' },
        item: { $column: 'item' },
        quantity: 1,
        amount: { $money: { $column: 'amount' }, currency: 'EUR' },
      },
    },
  ],
} as const;
