import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openKeyStore } from '#platform';
import { makeCompanyLog } from './company-log.js';
import { load, serve } from './http-processes.js';
import type { Report } from './report.js';
import { measureAnswers } from './view-answers.js';
import { type Asking, askFirst } from './view-questions.js';
import { measureStalls } from './view-stalls.js';

const SECONDS = Number(process.env.LETOPIS_BENCH_SECONDS ?? 4);
const ROUNDS = Number(process.env.LETOPIS_BENCH_ROUNDS ?? 3);
const EVENTS = Number(process.env.LETOPIS_BENCH_EVENTS ?? 1_000_000);
const CUSTOMERS = 1_000;
const API = 'apps/api/src/main.js';

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function newKey(folder: string, role: 'admin' | 'curator' = 'admin', actorId = 'bench'): Promise<string> {
  const keys = openKeyStore(`sqlite:${path.join(folder, 'keys.sqlite')}`);
  const { token } = await keys.create({ role, actorId, name: 'bench', now: new Date().toISOString() });
  await keys.close();
  return token;
}

async function registerCustomers(url: string, key: string): Promise<void> {
  const items = Array.from({ length: CUSTOMERS }, (_, i) => ({
    name: 'register-customer',
    body: { customerId: `bench-${i}`, kind: 'person' },
  }));
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/commands`, { method: 'POST', headers, body: JSON.stringify(items) });
  if (!response.ok) throw new Error(`registering answered ${response.status}`);
}

/** Both are up all the time and take turns, so that what the machine does meanwhile hits both. */
async function measureCommands(folder: string, report: Report): Promise<void> {
  const key = await newKey(folder);
  const environment = { LETOPIS_DATA: folder };
  const api = await serve(API, folder, environment);
  const baseline = await serve('test/bench/http-baseline.js', folder, environment);
  const ours = [];
  const bare = [];
  try {
    await registerCustomers(api.url, key);
    for (const url of [api.url, baseline.url]) await load(url, key, 2, CUSTOMERS);
    for (let round = 0; round < ROUNDS; round++) {
      bare.push(await load(baseline.url, key, SECONDS, CUSTOMERS));
      ours.push(await load(api.url, key, SECONDS, CUSTOMERS));
    }
  } finally {
    await api.stop();
    await baseline.stop();
  }
  const failed = [...ours, ...bare].reduce((sum, each) => sum + each.failed, 0);
  if (failed > 0) throw new Error(`${failed} requests failed`);
  const [value, limit] = [ours, bare].map((rounds) => median(rounds.map(({ perSecond }) => perSecond))) as [number, number];
  const ratio = value / limit;
  report({ name: 'http.command.64', value, unit: 'requests/s', limit, ratio, goal: 'ratio of 0.6 or more', holds: ratio >= 0.6 });
  report({ name: 'http.command.64.p50', value: median(ours.map(({ p50 }) => p50)), unit: 'ms' });
  report({ name: 'http.command.64.p99', value: median(ours.map(({ p99 }) => p99)), unit: 'ms' });
}

async function untilReady(url: string, status: number): Promise<void> {
  while ((await fetch(`${url}/health/ready`)).status !== status) await sleep(5);
}

async function firstCommand(url: string, key: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/customers`, { method: 'POST', headers, body: '{"kind":"person"}' });
  if (response.status !== 201) throw new Error(`the first command answered ${response.status}`);
}

/** From the start of the process until it is ready and has answered a command, the views being there; and while they are still to be built. */
async function measureColdStart(folder: string, report: Report): Promise<void> {
  const events = await makeCompanyLog(`sqlite:${path.join(folder, 'chronicle.sqlite')}`, EVENTS, folder);
  const key = await newKey(folder);
  const timed = async (ready: boolean) => {
    const start = performance.now();
    const api = await serve(API, folder, { LETOPIS_DATA: folder });
    if (ready) await untilReady(api.url, 200);
    await firstCommand(api.url, key);
    return { api, seconds: (performance.now() - start) / 1000 };
  };
  const name = `http.cold-start.${events}-events`;
  const goal = 'under 3 s';
  const unbuilt = await timed(false);
  report({ name: `${name}.views-unbuilt`, value: unbuilt.seconds, unit: 's', goal, holds: unbuilt.seconds < 3 });
  const building = performance.now();
  await untilReady(unbuilt.api.url, 200);
  report({ name: `http.views-built.${events}-events`, value: (performance.now() - building) / 1000, unit: 's' });
  await unbuilt.api.stop();
  const starts: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { api, seconds } = await timed(true);
    starts.push(seconds);
    await api.stop();
  }
  report({ name, value: median(starts), unit: 's', goal, holds: median(starts) < 3 });
  await measureCards(folder, report);
}

/** Milliseconds of each answer, one after the other. */
async function latencies(url: string, key: string, customerIds: readonly string[]): Promise<readonly number[]> {
  const took: number[] = [];
  for (const customerId of customerIds) {
    const start = performance.now();
    const response = await fetch(`${url}/customers/${customerId}`, { headers: { authorization: `Bearer ${key}` } });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`the card of ${customerId} answered ${response.status}`);
    took.push(performance.now() - start);
  }
  return took;
}

/** The card as the curator sees it, of customers that were not looked at before, and what a bare route takes for an answer of its size. */
async function measureCards(folder: string, report: Report): Promise<void> {
  const environment = { LETOPIS_DATA: folder };
  const api = await serve(API, folder, environment);
  const baseline = await serve('test/bench/http-baseline.js', folder, environment);
  try {
    const headers = { authorization: `Bearer ${await newKey(folder)}` };
    const response = await fetch(`${api.url}/customers?limit=1000`, { headers });
    const { customers } = (await response.json()) as {
      readonly customers: readonly { readonly customerId: string; readonly curatorId: string }[];
    };
    const [curatorId, own] = [...Map.groupBy(customers, (customer) => customer.curatorId)].reduce((most, each) =>
      each[1].length > most[1].length ? each : most,
    );
    const key = await newKey(folder, 'curator', curatorId);
    const ids = own.map(({ customerId }) => customerId);
    for (const url of [api.url, baseline.url]) await latencies(url, key, ids.slice(0, 20));
    const [ours, bare] = [await latencies(api.url, key, ids.slice(20)), await latencies(baseline.url, key, ids.slice(20))];
    const [value, limit] = [median(ours), median(bare)];
    report({ name: 'http.card-of-curator.p50', value, unit: 'ms', limit, ratio: value / limit, goal: 'under 5 ms', holds: value < 5 });
    report({
      name: 'http.card-of-curator.p99',
      value: ours.toSorted((a, b) => a - b)[Math.floor(ours.length * 0.99)] ?? Number.NaN,
      unit: 'ms',
    });
  } finally {
    await api.stop();
    await baseline.stop();
  }
}

/** What every view takes to answer, and for how long the event loop stands still meanwhile, over a company of `LETOPIS_BENCH_EVENTS` events. */
async function measureViews(folder: string, report: Report): Promise<void> {
  const log = path.join(folder, 'chronicle.sqlite');
  if (!existsSync(log)) {
    await makeCompanyLog(`sqlite:${log}.part`, EVENTS, folder);
    renameSync(`${log}.part`, log);
  }
  const key = await newKey(folder);
  const api = await serve(API, folder, { LETOPIS_DATA: folder });
  try {
    await untilReady(api.url, 200);
    const headers = { authorization: `Bearer ${key}` };
    const ask: Asking = async (question) => {
      const response = await fetch(`${api.url}${question}`, { headers });
      return { status: response.status, text: await response.text() };
    };
    const { customers } = JSON.parse((await ask('/customers?limit=1')).text) as { customers: { customerId: string; curatorId: string }[] };
    const { customerId, curatorId } = customers[0]!;
    const questions = await askFirst(customerId, curatorId, ask);
    await measureAnswers(questions, ask, report);
    await measureStalls(questions, customerId, ask, report);
  } finally {
    await api.stop();
  }
}

/**
 * `LETOPIS_BENCH_SECONDS` and `_ROUNDS` set the length of the load, `LETOPIS_BENCH_EVENTS` that of the log; `LETOPIS_BENCH_ONLY=load`, `start`
 * or `views` leaves the others out. `LETOPIS_BENCH_FOLDER` keeps the log and the views of `views` there and uses them again.
 */
export async function run(report: Report): Promise<void> {
  const only = process.env.LETOPIS_BENCH_ONLY;
  for (const [name, measure] of [
    ['load', measureCommands],
    ['start', measureColdStart],
    ['views', measureViews],
  ] as const) {
    if (only !== undefined && only !== name) continue;
    const kept = name === 'views' ? process.env.LETOPIS_BENCH_FOLDER : undefined;
    if (kept) mkdirSync(kept, { recursive: true });
    const folder = kept ?? mkdtempSync(path.join(tmpdir(), 'letopis-bench-http-'));
    try {
      await measure(folder, report);
    } finally {
      if (!kept) rmSync(folder, { recursive: true, force: true });
    }
  }
}
