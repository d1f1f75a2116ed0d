import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { call } from '../api/test-api.js';
import { leadsMapping, type Workplace, workplace } from './letopis.js';
import { type Serving, serve } from './server.js';

let place: Workplace;
let server: Serving | undefined;
beforeEach(() => {
  place = workplace();
  place.file('leads.json', JSON.stringify(leadsMapping));
});
afterEach(async () => {
  await server?.stop();
  place.remove();
});

const rejects = async (...args: readonly string[]) => place.run('import', 'rejects', ...args);
const listed = async () => JSON.parse((await rejects('--json')).stdout);

describe('rows that an import into the data folder rejected', () => {
  it('can be listed and written out again until they are forgotten; those of an erased customer are gone at once', async () => {
    expect(await rejects()).toMatchObject({ code: 2, stderr: expect.stringContaining('no rejected rows found in') });
    const lines = [
      'email,name,day,item,amount',
      'b@x.org,Boris,2024-01-15,tea,1',
      'b@x.org,Boris,2024-01-16,pot,much',
      'c@x.org,Clara',
      'd@x.org,Dora,2024-01-16,pot,more',
    ];
    place.file('leads.csv', `${lines.join('\n')}\n`);
    expect((await place.run('import', 'leads.csv', '-m', 'leads.json')).code).toBe(1);
    const written = place.read('leads.csv.rejects.csv');
    const [{ reference, until }, ...others] = await listed();
    expect([others, (await listed())[0].rows]).toEqual([[], 3]);
    expect(Math.round((Date.parse(until) - Date.now()) / 86_400_000)).toBe(30);
    expect((await rejects()).stdout).toContain(reference);
    const store = () => readFileSync(path.join(place.folder, 'data', 'rejected-rows.sqlite'), 'latin1');
    expect(store()).not.toMatch(/x\.org|Boris|Clara/);

    expect(await rejects(reference, '--out', 'again.csv')).toMatchObject({ code: 0, stdout: 'again.csv\n' });
    expect(place.read('again.csv')).toBe(written);
    const unknown = await rejects('7-00000000-000000000000');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('`letopis import rejects` lists those that are')]);

    const second = (await place.run('keys', 'create', '--role', 'supervisor', '--actor', 'second')).stdout.trim();
    const running = await serve(place, { PROCESSES: 'embedded' });
    server = running;
    const { customers } = (await call(`${running.url}/customers?name=Boris`, { key: running.key })).body;
    const erasure = `${running.url}/customers/${customers[0].customerId}/erasure`;
    await call(erasure, { key: running.key, body: {} });
    await call(`${erasure}/confirm`, { key: second, body: {} });
    for (;;) {
      const { status, certificate } = (await call(erasure, { key: running.key })).body;
      if (status === 'completed') {
        const ofRows = certificate.places.filter(({ place: where }: { place: string }) => /^reject/.test(where));
        expect(ofRows).toEqual([
          { place: 'rejected-rows', outcome: 'removed', detail: expect.any(String) },
          { place: 'rejected-rows', outcome: 'kept', until, detail: expect.stringContaining(reference) },
          { place: 'rejects-files', outcome: 'kept', detail: expect.stringContaining('2 files in plain text') },
          { place: 'rejected-rows', outcome: 'kept', detail: expect.stringContaining('imports shop') },
        ]);
        break;
      }
      await sleep(100);
    }
    expect(JSON.parse((await rejects('--files', customers[0].customerId, '--json')).stdout)).toEqual(
      ['again.csv', 'leads.csv.rejects.csv'].map((name) => path.join(place.folder, name)),
    );
    expect((await rejects(reference, '--files', 'x')).stderr).toContain('give an import or --files, not both');
    await running.stop();
    server = undefined;

    await rejects(reference, '--out', 'last.csv');
    expect(place.read('last.csv')).toBe(
      written
        .split('\n')
        .filter((line) => !line.includes('Boris'))
        .join('\n'),
    );
    // They are rejected once more, and not kept.
    expect((await place.run('import', 'leads.csv', '-m', 'leads.json')).code).toBe(1);
    expect((await listed())[0].rows).toBe(2);
  });
});
