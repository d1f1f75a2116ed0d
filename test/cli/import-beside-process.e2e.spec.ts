import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plansMapping, type Workplace, workplace } from './letopis.js';
import { type Serving, serve } from './server.js';

const ROWS = Number(process.env.LETOPIS_IMPORT_ROWS ?? 300);

function* rows(): Generator<string> {
  yield 'customer,day,planned\n';
  for (let row = 0; row < ROWS - 1; row++) yield `c${Math.floor(row / 4)},2024-0${1 + (row % 9)}-15,2025-0${1 + (row % 9)}-20\n`;
  yield 'ahead,2024-01-15,2999-01-01\n';
}

let place: Workplace;
let server: Serving;
beforeAll(async () => {
  place = workplace();
  place.file('plans.json', JSON.stringify(plansMapping));
  await pipeline(Readable.from(rows()), createWriteStream(path.join(place.folder, 'plans.csv')));
  server = await serve(place, { PROCESSES: 'embedded', RATE_LIMIT: '1000000', ADDRESS_RATE_LIMIT: '1000000' });
});
afterAll(async () => {
  await server.stop();
  place.remove();
});

const get = async <Answer>(address: string): Promise<Answer> =>
  (await fetch(`${server.url}${address}`, { headers: { authorization: `Bearer ${server.key}` } })).json() as Answer;

interface Ready {
  readonly processes: readonly { readonly name: string; readonly state: string; readonly lagEvents?: number }[];
}

describe('history that is imported beside a process', () => {
  it(`sets off nothing, in ${ROWS} rows`, async () => {
    const { code, stdout } = await place.run('import', 'plans.csv', '-m', 'plans.json', '--json', ...server.there);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, rows: ROWS, rejected: 0 });
    const caughtUp = ({ processes }: Ready) =>
      processes.length > 0 && processes.every(({ state, lagEvents }) => state === 'running' && lagEvents === 0);
    let ready = await get<Ready>('/health/ready');
    while (!caughtUp(ready)) ready = await get<Ready>('/health/ready');
    // It has read them: one of all lies ahead.
    const caught = { state: 'running', stuck: 0, lagSeconds: 0, lagEvents: 0 };
    for (const { name } of ready.processes) expect(ready.processes).toContainEqual({ name, ...caught, open: name === 'overdue' ? 1 : 0 });
    expect(ready.processes).toContainEqual({ name: 'overdue', ...caught, open: 1 });
    const types = 'process-begun,process-commands-issued,process-commands-answered,contact-overdue';
    const { events } = await get<{ readonly events: readonly { readonly type: string; readonly stream: string }[] }>(
      `/events?types=${types}`,
    );
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['process-begun']));
    // Each process begins once.
    expect(new Set(events.map(({ stream }) => stream)).size).toBe(events.length);
  });
});
