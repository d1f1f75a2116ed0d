import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { leadsMapping, type Workplace, workplace } from './letopis.js';
import { serve } from './server.js';

let place: Workplace;
beforeEach(async () => {
  place = workplace();
  place.file('leads.json', JSON.stringify(leadsMapping));
  place.file('leads.csv', 'email,name,day,item,amount\nanna@example.com,Anna,2024-01-15,tea,12.50\nbo@example.com,Bo,2024-02-01,cups,7\n');
  await place.run('import', 'leads.csv', '--mapping', 'leads.json', '--json');
});
afterEach(() => place.remove());

const FROM = 'sqlite:data/chronicle.sqlite';
const TO = 'sqlite:moved/chronicle.sqlite';
const copyLog = (...args: readonly string[]) => place.run('copy-log', '--from', FROM, '--to', TO, ...args);
const inCopy = (...args: readonly string[]) =>
  place.runWith({ EVENT_LOG_URL: `sqlite:${path.join(place.folder, 'moved/chronicle.sqlite')}` }, ...args);
const lines = async (run: Promise<{ readonly stdout: string }>) => (await run).stdout.trimEnd().split('\n');

describe('letopis copy-log', () => {
  it('moves the log: the copy holds every event and is written, the source is only read from then on', async () => {
    const before = await lines(place.run('events'));
    const { code, stderr } = await copyLog();
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        /^8 events copied and compared in .*\nset EVENT_LOG_URL to sqlite:moved\/chronicle.sqlite and start the API\n$/,
      ),
    });
    expect(await lines(inCopy('events'))).toEqual(before);
    const rejected = await place.run('import', 'leads.csv', '--mapping', 'leads.json');
    expect(rejected).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('because it moved to sqlite:moved/chronicle.sqlite; set EVENT_LOG_URL to that log'),
    });
    expect((await lines(place.run('events'))).slice(0, -1)).toEqual(before);
    expect((await place.run('verify')).stderr).toBe('9 events of 5 streams: all verified\n');
    place.file('more.csv', 'email,name,day,item,amount\nzoe@example.com,Zoe,2024-03-01,tea,3\n');
    expect((await inCopy('import', 'more.csv', '--mapping', 'leads.json')).code).toBe(0);
    expect((await inCopy('verify')).code).toBe(0);
  });

  it('copies beside a running server, closes nothing under it, and continues when it has stopped', async () => {
    const { stop } = await serve(place);
    const beside = await copyLog();
    expect(beside).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/8 events are copied; .*: stop it and run the same command again, which continues/),
    });
    const kept = await copyLog('--keep-open');
    expect(kept).toMatchObject({ code: 0, stderr: expect.stringContaining('the source is still open') });
    expect(await stop()).toBe(0);
    expect((await copyLog()).code).toBe(0);
    expect((await copyLog()).code).toBe(0);
  });

  it('says what is wrong with what it is given, and makes nothing', async () => {
    const wrong = async (from: string, to: string, ...args: readonly string[]) => {
      const { code, stderr } = await place.run('copy-log', '--from', from, '--to', to, ...args);
      return [code, stderr];
    };
    expect(await wrong(FROM, FROM)).toEqual([2, 'letopis: --from and --to name the same log; name another one to copy to\n']);
    expect(await wrong('sqlite:none.sqlite', TO)).toEqual([3, expect.stringContaining('no event log found at none.sqlite')]);
    expect(await wrong(FROM, 'memory:')).toEqual([2, expect.stringContaining('name a file, sqlite:<path>, or a server')]);
    expect(await wrong(FROM, 'mysql://x')).toEqual([3, expect.stringContaining('unsupported event log mysql')]);
    expect(await wrong(FROM, TO, '--quiet', 'long')).toEqual([2, expect.stringContaining('must be a whole number of seconds')]);
    expect(await wrong(FROM, 'sqlite:data/keys.sqlite')).toEqual([3, expect.stringContaining('keys.sqlite')]);
  });

  it('rejects a target that holds something else, and leaves both as they are', async () => {
    await copyLog('--keep-open');
    place.file('more.csv', 'email,name,day,item,amount\nzoe@example.com,Zoe,2024-03-01,tea,3\n');
    await inCopy('import', 'more.csv', '--mapping', 'leads.json');
    const before = await lines(inCopy('events'));
    const { code, stderr } = await copyLog();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/the target holds revision \d of \S+ as its event 9, the source has no such event/),
    });
    expect(await lines(inCopy('events'))).toEqual(before);
    expect((await place.run('import', 'more.csv', '--mapping', 'leads.json')).code).toBe(0);
  });
});
