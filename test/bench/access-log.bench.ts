import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger, readConfiguration } from '#platform';
import { startApi } from '../../apps/api/src/start-api.js';
import { makeCompanyLog } from './company-log.js';
import type { Report } from './report.js';

const EVENTS = Number(process.env.LETOPIS_BENCH_EVENTS ?? 20_000);
const ROUNDS = Number(process.env.LETOPIS_BENCH_ROUNDS ?? 12);
const REQUESTS = 100;
const AT_ONCE = 4;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Lists, a search and a card with their entries in the access log and without, in turns on one API: milliseconds of CPU of all threads per request. */
export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-access-log-'));
  await makeCompanyLog(`sqlite:${path.join(folder, 'chronicle.sqlite')}`, EVENTS, folder);
  const environment = { LETOPIS_DATA: folder, PORT: '0', PROCESSES: 'off', RATE_LIMIT: '1000000', ADDRESS_RATE_LIMIT: '1000000' };
  const api = await startApi({ configuration: readConfiguration(environment), logger: createLogger('silent') });
  try {
    while ((await fetch(`${api.url}/health/ready`)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
    const { services } = api;
    const { token } = await services.keys.create({ role: 'admin', actorId: 'bench', name: 'bench', now: new Date().toISOString() });
    const ask = async (address: string): Promise<string> => {
      const response = await fetch(api.url + address, { headers: { authorization: `Bearer ${token}` } });
      if (!response.ok) throw new Error(`${address} answered ${response.status}`);
      return response.text();
    };
    const { customers } = JSON.parse(await ask('/customers?limit=1')) as { readonly customers: readonly { readonly customerId: string }[] };
    const { record } = services.accessLog;
    const switchable = services.accessLog as { record: typeof record };
    const cpuOf = async (address: string, recorded: boolean): Promise<number> => {
      switchable.record = recorded ? record : () => undefined;
      const before = process.cpuUsage();
      for (let done = 0; done < REQUESTS; done += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, () => ask(address)));
      // What is stored behind the answers is a part of it.
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000 / REQUESTS;
    };
    for (const [name, address] of [
      ['list-of-100', '/customers?limit=100'],
      ['list-of-1000', '/customers?limit=1000'],
      ['search', '/customers?name=a&limit=100'],
      ['card', `/customers/${customers[0]!.customerId}`],
    ] as const) {
      const [with_, without]: [number[], number[]] = [[], []];
      for (const recorded of [true, false]) await cpuOf(address, recorded);
      for (let round = 0; round < ROUNDS; round++) {
        with_.push(await cpuOf(address, true));
        without.push(await cpuOf(address, false));
      }
      const [value, limit] = [median(with_), median(without)];
      report({ name: `access-log.${name}`, value, unit: 'ms of CPU', limit, ratio: value / limit });
    }
    switchable.record = record;
  } finally {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
