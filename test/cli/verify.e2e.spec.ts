import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { encryptLog, unpackFolder } from '../upgrade/fixture.js';
import { leadsMapping, type Workplace, workplace } from './letopis.js';
import { serve } from './server.js';

let place: Workplace;
beforeEach(() => {
  place = workplace();
  place.file('leads.json', JSON.stringify(leadsMapping));
  place.file('leads.csv', 'email,name,day,item,amount\nanna@example.com,Anna,2024-01-15,tea,12.50\nbo@example.com,Bo,2024-02-01,cups,7\n');
});
afterEach(() => place.remove());

interface Place {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
}

/** What somebody does who may write the file. */
const edit = (statement: string) => {
  const db = new Database(path.join(place.folder, 'data/chronicle.sqlite'));
  const trigger = db.prepare<[], string>("SELECT sql FROM sqlite_master WHERE name = 'events_are_never_changed'").pluck().get()!;
  db.exec(`DROP TRIGGER events_are_never_changed; ${statement}; ${trigger}`);
  db.close();
};
const importLeads = () => place.run('import', 'leads.csv', '--mapping', 'leads.json', '--json');

describe('letopis verify', () => {
  it('says how many events verify, beside a running server too', async () => {
    await importLeads();
    const { stop } = await serve(place);
    const { code, stdout, stderr } = await place.run('verify');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '8 events of 4 streams: all verified\n' });
    expect(await stop()).toBe(0);
  });

  it('names every event that does not, and ends with 1', async () => {
    await importLeads();
    const second = ((await place.events()) as unknown as readonly Place[]).map(({ position, stream, revision }) => ({
      position,
      stream,
      revision,
    }))[1];
    edit(`UPDATE events SET body = replace(body, '"', '') WHERE position = 2; UPDATE events SET hash = zeroblob(32) WHERE position = 7`);
    const { code, stdout, stderr } = await place.run('verify');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '8 events of 4 streams: 2 failed verification\n' });
    const lines = stdout.trimEnd().split('\n').sort();
    expect(lines).toEqual([
      `position ${second!.position}, revision ${second!.revision} of ${second!.stream}: its body is not the JSON of an event`,
      expect.stringMatching(/^position 0{19}7, revision \d of relationship-\S+: its body does not have the stored hash$/),
    ]);
    const { stdout: json, code: again } = await place.run('verify', '--json');
    const { faults, ...told } = JSON.parse(json);
    expect({ again, ...told }).toEqual({ again: 1, upTo: `${'0'.repeat(19)}8`, events: 8, streams: 4, wrong: 2 });
    expect(faults).toContainEqual({ ...second, codes: ['body-unreadable'] });
  });

  it('verifies a log of before version 2 of the envelope, and what is appended to it', async () => {
    unpackFolder(place.folder);
    const before = JSON.parse((await place.run('verify', '--json')).stdout);
    expect(before).toMatchObject({ wrong: 0, faults: [] });
    expect(before.events).toBeGreaterThan(100);
    const encrypted = encryptLog(place.folder);
    const verified = async () => JSON.parse((await place.runWith(encrypted, 'verify', '--json')).stdout);
    expect(await verified()).toMatchObject({ events: before.events, wrong: 0 });
    expect(await place.runWith(encrypted, 'import', 'leads.csv', '--mapping', 'leads.json')).toMatchObject({ code: 0 });
    // With the event that names the installation.
    expect(await verified()).toMatchObject({ events: before.events + 8, wrong: 0 });
  });

  it('wants a chronicle', async () => {
    expect(await place.run('verify')).toMatchObject({ code: 3, stderr: expect.stringContaining('no chronicle found at') });
  });
});
