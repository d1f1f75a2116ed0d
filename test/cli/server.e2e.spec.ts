import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '#event-log';
import type { ViewState } from '../../apps/api/src/projecting/operator.js';
import { leadsMapping, plansMapping, type Workplace, workplace } from './letopis.js';
import { ready, type Serving, serve } from './server.js';

let place: Workplace;
let server: Serving;
beforeAll(async () => {
  place = workplace();
  place.file(
    'leads.csv',
    'email,name,day,item,amount\na@x.org,Anna,2024-01-15,tea,12.50\nb@x.org,Bo,2024-01-16,tea,1\na@x.org,Anna,2024-02-30,tea,1\n',
  );
  place.file('leads.json', JSON.stringify(leadsMapping));
  server = await ready(await serve(place));
});
afterAll(async () => {
  await server.stop();
  place.remove();
});

describe('the data folder of a running server', () => {
  it('is not written by a second process: the error names the first and the way round', async () => {
    const { code, stderr } = await place.run('import', 'leads.csv', '-m', 'leads.json');
    expect(stderr).toMatch(/is being written by process \d+ .*; stop it, or use it with --server http:\/\/127\.0\.0\.1:3000 --key …\n$/);
    expect(code).toBe(3);
  });

  it('is not rebuilt by a second process', async () => {
    const { code, stderr } = await place.run('rebuild', 'card');
    expect(stderr).toMatch(
      /is being written by process \d+ .*; stop it first, or run the rebuild through the API: letopis rebuild --server/,
    );
    expect(code).toBe(3);
  });

  it('is rebuilt by the server where it is asked to', async () => {
    const status = async () => JSON.parse((await place.run('rebuild', '--status', ...server.there)).stdout) as readonly ViewState[];
    const card = async () => (await status()).find(({ view }) => view === 'card')!;
    const before = await card();
    expect(await place.run('rebuild', 'card', ...server.there)).toMatchObject({ code: 0, stderr: expect.stringContaining('done in') });
    const after = await card();
    expect(after).toMatchObject({ previous: before.build, rebuilding: false, lagSeconds: 0, lagEvents: 0 });
    expect(after.build).not.toBe(before.build);
    expect(await place.run('rebuild', 'card', '--rollback', ...server.there)).toMatchObject({ code: 0 });
    expect((await card()).build).toBe(before.build);
    expect(await place.run('rebuild', '--customer', 'nobody', ...server.there)).toMatchObject({ code: 1 });
  });

  it('takes an import over HTTP, twice as once', async () => {
    const first = await place.run('import', 'leads.csv', '-m', 'leads.json', '--json', ...server.there);
    expect({ code: first.code, ...JSON.parse(first.stdout) }).toMatchObject({ code: 1, rows: 3, eventsAppended: 6, rejected: 1 });
    const again = await place.run('import', 'leads.csv', '-m', 'leads.json', '--json', ...server.there);
    expect(JSON.parse(again.stdout)).toMatchObject({ eventsAppended: 0, alreadyThere: 4, rejected: 1 });
  });

  it('records over HTTP what an import in process records, on behalf of the same', async () => {
    const alone = workplace();
    for (const at of [place, alone]) {
      // Planned for a time long ago, which only an import may record.
      at.file('plans.csv', 'customer,day,planned\nCy,2024-03-01,2024-03-01\n');
      at.file('plans.json', JSON.stringify(plansMapping));
    }
    const codes = [
      (await place.run('import', 'plans.csv', '-m', 'plans.json', ...server.there)).code,
      // Under the secret of the server, which leaves it only here.
      (
        await alone.runWith(
          { KEY_STORE_URL: `sqlite:${path.join(place.folder, 'data', 'keys.sqlite')}` },
          'import',
          'plans.csv',
          '-m',
          'plans.json',
        )
      ).code,
    ];
    const recorded = async (at: Workplace) => {
      const { stdout } = await at.run('events', '--types', 'customer-registered,contact-planned');
      const events = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as DomainEvent);
      return events
        .filter(({ source }) => source?.system === plansMapping.system)
        .map(({ type, stream, actor, occurredAt, commandId, data }) => ({ type, stream, actor, occurredAt, commandId, data }));
    };
    const [overHttp, inProcess] = [await recorded(place), await recorded(alone)];
    alone.remove();
    expect(codes).toEqual([0, 0]);
    expect(inProcess.map(({ type, actor }) => `${type} by ${actor.kind}:${actor.id}`)).toEqual([
      'customer-registered by import:plans',
      'contact-planned by import:plans',
    ]);
    expect(overHttp).toEqual(inProcess);
  });

  it('rejects an import under the key of a curator, and says which one it wants', async () => {
    const { stdout } = await place.run('keys', 'create', '--role', 'curator', '--actor', 'cur-1');
    const { code, stderr } = await place.run('import', 'leads.csv', '-m', 'leads.json', '--server', server.url, '--key', stdout.trim());
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('an import requires a key with the role service or admin'),
    });
  });

  it('shows its views beside the server, with what came over HTTP', async () => {
    const { code, stdout, stderr } = await place.run('views', 'customers', '--json');
    // On a slow machine the views of the server may not be there yet.
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^(waiting for another process to update the views.*\n)?$/),
    });
    expect(JSON.parse(stdout).customers).toHaveLength(3);
  });

  it('is rehearsed on beside the server', async () => {
    const { stdout } = await place.run('import', 'leads.csv', '-m', 'leads.json', '--json', '--dry-run');
    expect(JSON.parse(stdout)).toMatchObject({ eventsAppended: 0, alreadyThere: 4 });
  });

  it('shows views and events over HTTP', async () => {
    const customers = await place.run('views', 'customers', '--json', ...server.there);
    const found = (JSON.parse(customers.stdout) as { customers: { customerId: string; displayName: string }[] }).customers;
    expect(found.map(({ displayName }) => displayName)).toEqual(['Anna', 'Bo', 'Cy']);
    const id = found[0]?.customerId ?? '';
    const timeline = await place.run('views', 'timeline', id, ...server.there);
    expect(timeline.stdout).toMatch(/2024-01-14 23:00.+purchase-recorded.+tea/);
    const stream = await place.run('events', id, ...server.there);
    const local = await place.run('events', id);
    expect(stream.stdout).toBe(local.stdout);
    expect((await place.run('views', 'card', 'nobody', ...server.there)).code).toBe(1);
  });

  it('follows the log as it grows', async () => {
    const child = place.start({}, 'events', '--follow', '--types', 'policy-published', ...server.there);
    const line = new Promise<string>((resolve) => child.stdout?.setEncoding('utf8').once('data', resolve));
    place.file('cadence.json', JSON.stringify({ existingPerYear: 5, potentialPerYear: 6 }));
    const { code, stderr } = await place.run('policies', 'publish', 'cadence', 'cadence.json', '--reason', 'test', ...server.there);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(await line)).toMatchObject({ type: 'policy-published', data: { name: 'cadence', version: 2 } });
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  it('rejects a wrong key with 2', async () => {
    const { code, stderr } = await place.run('views', 'customers', '--server', server.url, '--key', 'letopis_0000');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('API key') });
  });
});
