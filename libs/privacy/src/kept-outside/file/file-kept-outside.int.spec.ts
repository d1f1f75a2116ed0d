import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { keptOutsideContract } from '#testing/kept-outside.contract.js';
import { createKeptOutside, openKeptOutside } from '../../open-kept-outside.js';
import type { KeptOutside } from '../kept-outside.js';

const program = path.resolve('dist/libs/testing/src/record-until-killed.js');
const newFolder = () => mkdtempSync(path.join(tmpdir(), 'letopis-kept-'));

keptOutsideContract('the adapter in a file', async () => {
  const folder = newFolder();
  const url = `file:${path.join(folder, 'data.keep')}/`;
  return { open: () => createKeptOutside(url), dispose: async () => rmSync(folder, { recursive: true }) };
});

describe('what is kept outside in a folder', () => {
  let above: string;
  let folder: string;
  let url: string;
  beforeEach(() => {
    above = newFolder();
    folder = path.join(above, 'data.keep');
    url = `file:${folder}`;
  });
  afterEach(() => rmSync(above, { recursive: true }));
  const at = '2026-11-30T23:00:00.000Z';
  const subjects = async (store: KeptOutside) => {
    const all: string[] = [];
    for await (const some of store.erasures()) all.push(...some.map(({ subject }) => subject));
    return all;
  };
  const file = () => path.join(folder, 'erasures');

  it('is made on demand only, once for all, and for its owner alone', async () => {
    expect(await openKeptOutside(url)).toBeUndefined();
    expect(readdirSync(above)).toEqual([]);
    const stores = await Promise.all(Array.from({ length: 5 }, () => createKeptOutside(url)));
    expect(new Set(stores.map(({ id }) => id)).size).toBe(1);
    await stores[0]!.record([{ subject: 'relationship-ada', erasedAt: at }]);
    const modes = () => ['.', ...readdirSync(folder)].map((name) => (statSync(path.join(folder, name)).mode & 0o777).toString(8));
    expect(modes()).toEqual(['700', '600', '600', '600']);
    for (const name of ['id', 'erasures']) chmodSync(path.join(folder, name), 0o644);
    chmodSync(folder, 0o755);
    expect((await openKeptOutside(url))!.id).toBe(stores[0]!.id);
    expect(modes()).toEqual(['700', '600', '600', '600']);
  });

  it('loses the line that a process was writing when it ended, and no other', async () => {
    const store = await createKeptOutside(url);
    await store.record(['ada', 'ben'].map((name) => ({ subject: `relationship-${name}`, erasedAt: at })));
    truncateSync(file(), statSync(file()).size - 5);
    expect(await subjects((await openKeptOutside(url))!)).toEqual(['relationship-ada']);
    // A process that runs goes on behind what is whole.
    appendFileSync(file(), '{"subject":"relationship-');
    await store.record([{ subject: 'relationship-eve', erasedAt: at }]);
    expect(await subjects(store)).toEqual(['relationship-ada', 'relationship-eve']);
  });

  it('names the line that was changed, and the file that is no id', async () => {
    const store = await createKeptOutside(url);
    await store.record(['ada', 'ben'].map((name) => ({ subject: `relationship-${name}`, erasedAt: at })));
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('-ben', '-eve'));
    await expect(subjects(store)).rejects.toMatchObject({
      name: 'KeptOutsideUnavailable',
      message: expect.stringContaining(`line 2 of ${file()} is damaged`),
    });
    writeFileSync(path.join(folder, 'id'), 'x');
    await expect(openKeptOutside(url)).rejects.toMatchObject({
      name: 'KeptOutsideUnavailable',
      message: expect.stringContaining('must be a UUID'),
    });
  });

  it('says why it cannot be used', async () => {
    writeFileSync(path.join(above, 'file'), '');
    await expect(createKeptOutside(`file:${path.join(above, 'file')}`)).rejects.toMatchObject({ name: 'KeptOutsideUnavailable' });
    mkdirSync(path.join(folder, 'id'), { recursive: true });
    await expect(openKeptOutside(url)).rejects.toMatchObject({ name: 'KeptOutsideUnavailable', message: expect.stringContaining(folder) });
    for (const other of ['memory:', 'file:', folder]) await expect(openKeptOutside(other)).rejects.toThrow('use file:<folder>');
  });

  /** What a process printed until it ended, or was killed after so many lines. */
  async function recorded(name: string, killAfter = Number.POSITIVE_INFINITY): Promise<string[]> {
    const child = spawn(process.execPath, [program, url, name, '300'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (text.split('\n').length > killAfter) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('close', resolve));
    return text.split('\n').slice(0, -1);
  }

  it('holds all that processes recorded at the same time, of which one is killed', async () => {
    const printed = (await Promise.all([recorded('a'), recorded('b'), recorded('c', 40)])).flat();
    expect(printed.length).toBeGreaterThanOrEqual(640);
    expect(await subjects((await openKeptOutside(url))!)).toEqual(expect.arrayContaining(printed));
  });
});
