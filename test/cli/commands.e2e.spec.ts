import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { openEventLog } from '#event-log';
import { readConfiguration } from '#platform';
import { appendAtHead, newEvent } from '#testing';
import { buildProgram } from '../../apps/cli/src/program.js';
import { leadsMapping, type Workplace, workplace } from './letopis.js';

let place: Workplace;
beforeAll(async () => {
  place = workplace();
  place.file('leads.csv', 'email,name,day,item,amount\na@x.org,Anna,2024-01-15,tea,12.50\nb@x.org,李小龍,2024-01-16,tea,1\n');
  place.file('leads.json', JSON.stringify(leadsMapping));
  await place.run('import', 'leads.csv', '-m', 'leads.json');
});
afterAll(() => place.remove());

describe('help', () => {
  it('lists every command, and each of them shows examples and exit codes', async () => {
    const { code, stdout } = await place.run('--help');
    expect(code).toBe(0);
    const names = (await buildProgram([])).commands.map((command) => command.name()).filter((name) => name !== 'help');
    expect(names).toContain('import');
    for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    for (const name of names) {
      const help = await place.run(name, '--help');
      expect(help.stdout).toMatch(/Examples?:\n {2}(LETOPIS|letopis)/);
      expect(help.stdout).toContain('Exit codes:');
    }
  });

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await place.run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('an unknown command ends with 2', async () => {
    expect(await place.run('imprt')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("unknown command 'imprt'") });
  });
});

describe('letopis views', () => {
  it('shows tables of the data folder, brought up to date', async () => {
    const { code, stdout, stderr } = await place.run('views', 'churn');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/purchases +2\n/);
    expect(stdout).toMatch(/revenue +13\.50 EUR\n/);
  });

  it('answers every view that needs no subject on a chronicle without deals', async () => {
    const { stdout } = await place.run('views', '--help');
    const [, views] = /^Views:\n([\s\S]*?)\n\n/m.exec(stdout)!;
    const offered = [...views!.matchAll(/^ {2}([a-z-]+)(?: \[\w+\])? {2,}/gm)].map(([, name]) => name!);
    expect(offered).toEqual(expect.arrayContaining(['funnel', 'customers', 'ladder']));
    // No API has answered anybody here.
    const none = await place.run('views', 'access-log');
    expect(none).toMatchObject({ code: 3, stderr: expect.stringMatching(/access-log\.sqlite cannot be opened: there is none/) });
    for (const name of offered.filter((each) => each !== 'access-log'))
      expect({ name, ...(await place.run('views', name)) }).toMatchObject({ name, code: 0 });
  });

  it('prints the answer and nothing else, whatever the level of the log', async () => {
    const { stdout } = await place.runWith({ LOG_LEVEL: 'info' }, 'views', 'customers', '--json');
    expect(JSON.parse(stdout).customers).toHaveLength(2);
  });

  it('lists the events behind a number, by the series that its answer says', async () => {
    const { stdout } = await place.run('views', 'churn', '--json');
    const { asOf, purchases, distribution } = JSON.parse(stdout);
    const behind = async (series: string, ...more: readonly string[]) =>
      place.run('views', 'events', 'churn', '-p', `series=${series}`, '--as-of', asOf, '--limit', '1', ...more);
    const bought = (await place.events()).filter(({ type }) => type === 'purchase-recorded').map(({ id }) => id);
    const tables = await behind(purchases.series, '--all');
    for (const id of bought) expect(tables.stdout).toMatch(new RegExp(` 1 +measure=purchases\\| +${id}\n`));
    expect((await behind(purchases.series)).stderr).toContain('More pages follow');
    const told = await behind(distribution.series.customers, '--all', '--json');
    const pages = told.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).contributors);
    expect(pages.map((contributors) => contributors.length)).toEqual([1, 1]);
    expect(await place.run('views', 'events')).toMatchObject({ code: 2, stderr: expect.stringContaining('letopis views events <view>') });
    expect(await place.run('views', 'events', 'churn')).toMatchObject({ code: 2, stderr: expect.stringContaining('series') });
  });

  it('names what is wrong', async () => {
    expect(await place.run('events', '--types', 'deal-one')).toMatchObject({ code: 2, stderr: expect.stringContaining('deal-won') });
    expect(await place.run('views', 'funel')).toMatchObject({ code: 2, stderr: expect.stringContaining('the views are customers, card') });
    expect(await place.run('views', 'card')).toMatchObject({ code: 2, stderr: expect.stringContaining('letopis views card <customerId>') });
    expect(await place.run('views', 'funnel', '-p', 'by=weather')).toMatchObject({ code: 2, stderr: expect.stringContaining('by ') });
  });

  it('shows the desk of nobody, as the API does', async () => {
    expect(await place.run('views', 'desk', 'none', '--json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"curatorId":"none"'),
    });
    expect(await place.run('views', 'desk', 'none')).toMatchObject({ code: 0 });
  });

  it.each([
    [['card', 'nobody'], 'unknown customer "nobody"'],
    [['timeline', 'nobody'], 'unknown customer "nobody"'],
    [['deals', 'nobody'], 'unknown customer "nobody"'],
    [['desk', 'nobody'], 'unknown curator "nobody"; `letopis views curators` lists them'],
    [['desk', 'nobody', '--json'], 'unknown curator "nobody"'],
  ])('%j says that there is no such one', async (asked, said) => {
    expect(await place.run('views', ...asked)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(said) });
  });
});

describe('where there is no chronicle', () => {
  it.each([
    [['views', 'funnel'], 'no chronicle found at'],
    [['rebuild'], 'no chronicle found at'],
    [['rebuild', '--status'], 'no chronicle found at'],
    [['keys', 'list'], 'no API keys found at'],
    [['keys', 'revoke', '1f0c2a9b8d7e6f50'], 'no API keys found at'],
  ])('%j says so and makes no folder', async (asked, said) => {
    const folder = `${place.folder}/nowhere`;
    const { code, stderr } = await place.runWith({ LETOPIS_DATA: folder }, ...asked);
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining(said) });
    expect(existsSync(folder)).toBe(false);
  });
});

describe('letopis views where projectors share the customers', () => {
  it('waits for them and says so', async () => {
    const views = new Database(`${place.folder}/data/views.sqlite`);
    const setting = views.prepare<[], string>("SELECT value FROM _settings WHERE name = 'alias:churn'").pluck().get()!;
    const alias = JSON.parse(setting);
    const put = views.prepare("UPDATE _settings SET value = ? WHERE name = 'alias:churn'");
    put.run(JSON.stringify({ ...alias, current: { ...alias.current, partitions: 2 } }));
    const waiting = place.start({}, 'views', 'churn');
    const ended = new Promise<string>((resolve) => waiting.once('close', () => resolve('ended')));
    let told = '';
    const said = new Promise<string>((resolve) => {
      waiting.stderr!.setEncoding('utf8').on('data', (text: string) => {
        told += text;
        if (told.includes('waiting for another process to update the views')) resolve('waits');
      });
    });
    const outcome = await Promise.race([said, ended]);
    waiting.kill('SIGKILL');
    await ended;
    put.run(setting);
    views.close();
    expect({ outcome, told }).toEqual({
      outcome: 'waits',
      told: expect.stringContaining('the running projectors update the views'),
    });
  });
});

describe('letopis rebuild', () => {
  it('builds what is missing once', async () => {
    for (const end of ['', '-wal', '-shm']) rmSync(`${place.folder}/data/views.sqlite${end}`, { force: true });
    const { code, stderr } = await place.run('rebuild', 'churn');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/built from the log.*churn/) });
    const status = async () => JSON.parse((await place.run('rebuild', '--status')).stdout) as readonly { view: string; build: string }[];
    const churn = async () => (await status()).find(({ view }) => view === 'churn')!.build;
    expect(await churn()).toMatch(/\.1$/);
    await place.run('rebuild', 'churn');
    expect(await churn()).toMatch(/\.2$/);
  });

  it('rebuilds views and goes back to the build before', async () => {
    expect(await place.run('rebuild', 'churn')).toMatchObject({ code: 0 });
    expect((await place.run('views', 'churn')).stdout).toMatch(/purchases +2\n/);
    expect(await place.run('rebuild', 'churn', '--rollback')).toMatchObject({ code: 0 });
    const [customer] = (await place.events())
      .filter(({ type }) => type === 'customer-registered')
      .map(({ stream }) => stream.replace('relationship-', ''));
    expect(await place.run('rebuild', '--customer', customer ?? '')).toMatchObject({ code: 0 });
    expect(await place.run('rebuild', '--customer', 'nobody')).toMatchObject({
      code: 1,
      stderr: 'letopis: unknown customer "nobody"; `letopis views customers <name>` finds them\n',
    });
    expect(await place.run('rebuild', 'weather')).toMatchObject({ code: 2, stderr: expect.stringContaining('unknown view "weather"') });
  });
});

describe('letopis keys', () => {
  it('makes none for a curator who has left, and one for a curator who is back or not registered yet', async () => {
    const log = await openEventLog(readConfiguration({ LETOPIS_DATA: path.join(place.folder, 'data') }).eventLogUrl);
    const happened = (type: string) => appendAtHead(log, 'curator-gone', [newEvent({ type, data: { curatorId: 'gone' } })]);
    const create = () => place.run('keys', 'create', '--role', 'curator', '--actor', 'gone');
    expect(await create()).toMatchObject({ code: 0 });
    await happened('curator-registered');
    await happened('curator-departed');
    expect(await create()).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('curator gone has left') });
    await happened('curator-registered');
    expect(await create()).toMatchObject({ code: 0 });
    await log.close();
  });

  it('makes, lists and revokes keys, and shows a token once', async () => {
    const made = await place.run('keys', 'create', '--role', 'curator', '--actor', 'c-1', '--name', 'laptop');
    expect(made.stdout).toMatch(/^letopis_[0-9a-f]{16}_\S{43}\n$/);
    const [, id = ''] = made.stdout.split('_');
    const listed = await place.run('keys', 'list');
    expect(listed.stdout).toContain(id);
    expect(listed.stdout).not.toContain(made.stdout.trim());
    expect(await place.run('keys', 'revoke', id)).toMatchObject({ code: 0 });
    expect(await place.run('keys', 'revoke', 'none')).toMatchObject({ code: 2 });
    expect(await place.run('keys', 'create', '--role', 'king', '--actor', 'c-1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--role must be one of'),
    });
    expect(await place.run('keys', 'create', '--role', 'curator', '--actor', 'anna@x.org')).toMatchObject({ code: 2 });
  });
});

describe('letopis policies', () => {
  it('shows what is in force and publishes the next version', async () => {
    expect((await place.run('policies', 'show')).stdout).toMatch(/cadence +1 +always/);
    place.file('cadence.json', JSON.stringify({ existingPerYear: 12, potentialPerYear: 6 }));
    expect(await place.run('policies', 'publish', 'cadence', 'cadence.json')).toMatchObject({ code: 0 });
    const versions = JSON.parse((await place.run('policies', 'show', 'cadence')).stdout) as { version: number; document: object }[];
    expect(versions.map(({ version, document }) => [version, document])).toEqual([
      [1, { existingPerYear: 4, potentialPerYear: 6, roles: ['customer', 'public-body'] }],
      [2, { existingPerYear: 12, potentialPerYear: 6 }],
    ]);
    place.file('cadence.json', '{"existingPerYear":"often"}');
    expect(await place.run('policies', 'publish', 'cadence', 'cadence.json')).toMatchObject({ code: 2 });
    expect(await place.run('policies', 'show', 'weather')).toMatchObject({ code: 2 });
  });
});
