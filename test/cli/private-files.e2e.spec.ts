import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, readConfiguration } from '#platform';
import { startApi } from '../../apps/api/src/start-api.js';
import { leadsMapping, type Workplace, workplace } from './letopis.js';

const program = path.resolve('dist/apps/cli/src/main.js');
const node = path.resolve('node_modules/.bin/node');

let place: Workplace;
beforeEach(() => {
  place = workplace();
});
afterEach(() => place.remove());

const data = () => path.join(place.folder, 'data');
/** Runs the CLI as somebody whose files everybody may read. */
const openHanded = (...args: readonly string[]) =>
  new Promise<string>((resolve, reject) => {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const env = { ...inherited, LETOPIS_DATA: data(), LOG_LEVEL: 'silent' };
    const child = spawn('sh', ['-c', 'umask 022; exec "$@"', 'sh', node, program, ...args], { cwd: place.folder, env });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', reject).once('close', () => resolve(output));
  });

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
/** Files and folders that others may do something with. */
const open = (): readonly string[] =>
  [data(), ...readdirSync(data(), { recursive: true }).map((name) => path.join(data(), String(name)))].filter((file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat !== undefined && (stat.mode & 0o077) !== 0;
  });

interface Health {
  readonly projector: string;
  readonly processes: readonly { readonly state: string }[];
}

/** Runs the API in this process, and looks while it runs. */
const whileServing = async (look: () => void) => {
  const configuration = readConfiguration({ LETOPIS_DATA: data(), PORT: '0', LOG_LEVEL: 'fatal' });
  const api = await startApi({ configuration, logger: createLogger('silent') });
  try {
    // What the projector and the processes open is open then.
    const starting = async () => {
      const { projector, processes } = (await (await fetch(`${api.url}/health/ready`)).json()) as Health;
      return projector !== 'running' || processes.some(({ state }) => state === 'starting');
    };
    while (await starting()) await sleep(20);
    look();
  } finally {
    await api.close();
  }
};

describe('files and folders of data', () => {
  it("are their owner's alone whatever the umask: log, views, keys, locks, imports and rejects", async () => {
    place.file('leads.csv', 'email,name,day,item,amount\na@x.org,A,2024-01-15,tea,1\nb@x.org,B,2024-02-99,tea,1\n');
    place.file('leads.json', JSON.stringify(leadsMapping));
    place.file('cards.vcf', 'BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n');
    await openHanded('keys', 'create', '--role', 'admin', '--actor', 'a', '--name', 'n');
    await openHanded('import', 'leads.csv', '-m', 'leads.json', '--json');
    await openHanded('vcard', 'cards.vcf', '--json');
    expect(readdirSync(data())).toEqual(
      expect.arrayContaining(['chronicle.sqlite', 'chronicle.sqlite.lock', 'keys.sqlite', 'views.sqlite']),
    );
    expect(open()).toEqual([]);
    for (const rejects of readdirSync(place.folder).filter((name) => name.includes('rejects')))
      expect([rejects, modeOf(path.join(place.folder, rejects))]).toEqual([rejects, '600']);
    expect(readdirSync(place.folder).filter((name) => name.includes('rejects')).length).toBeGreaterThan(0);
    const former = process.umask(0o022);
    await whileServing(() => {
      expect(readdirSync(data())).toEqual(expect.arrayContaining(['chronicle.sqlite-wal', 'chronicle.sqlite-shm', 'views.sqlite-wal']));
      expect(open()).toEqual([]);
    }).finally(() => process.umask(former));
  });

  it('are tightened when they are opened, and so is the folder; what is not of Letopis stays as it is', async () => {
    await openHanded('keys', 'create', '--role', 'admin', '--actor', 'a', '--name', 'n');
    await whileServing(() => undefined);
    writeFileSync(path.join(data(), 'notes.txt'), '');
    for (const name of readdirSync(data())) chmodSync(path.join(data(), name), 0o644);
    chmodSync(data(), 0o755);
    await whileServing(() => expect(open()).toEqual([path.join(data(), 'notes.txt')]));
    expect(modeOf(data())).toBe('700');
  });

  it('are tightened by every command that opens the folder, whatever it opens in it; a folder of something else stays as it is', async () => {
    await openHanded('keys', 'create', '--role', 'admin', '--actor', 'a', '--name', 'n');
    await whileServing(() => undefined);
    for (const args of [['keys', 'list'], ['verify'], ['events'], ['views', 'funnel'], ['policies', 'show']]) {
      mkdirSync(path.join(data(), 'imports'), { recursive: true });
      writeFileSync(path.join(data(), 'imports', 'one.json'), '{}');
      for (const name of readdirSync(data(), { recursive: true }))
        chmodSync(path.join(data(), String(name)), name === 'imports' ? 0o755 : 0o644);
      chmodSync(data(), 0o755);
      await openHanded(...args);
      expect([args, open(), modeOf(data())]).toEqual([args, [], '700']);
    }
    rmSync(data(), { recursive: true });
    mkdirSync(data(), { mode: 0o755 });
    chmodSync(data(), 0o755);
    await openHanded('keys', 'list');
    expect(modeOf(data())).toBe('755');
  });
});
