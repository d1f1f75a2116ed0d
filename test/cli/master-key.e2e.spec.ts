import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openKeysAlone, readConfiguration } from '#platform';
import { type Workplace, workplace } from './letopis.js';

const KEYS = 3_000;

describe('letopis master-key rotate', () => {
  let place: Workplace;
  beforeEach(() => {
    place = workplace();
  });
  afterEach(() => place.remove());
  const dataFolder = () => path.join(place.folder, 'data');
  const open = () => openKeysAlone(readConfiguration({ LETOPIS_DATA: dataFolder() }).subjectKeys);
  const list = async () =>
    JSON.parse((await place.run('master-key', 'list', '--json')).stdout) as { id: string; current: boolean; keys: number }[];

  /** Until it has told of the first batch. */
  const rotateUntilKilled = () =>
    new Promise<void>((resolve) => {
      const child = place.start({}, 'master-key', 'rotate', '--new');
      child.stderr!.once('data', () => child.stderr!.once('data', () => child.kill('SIGKILL')));
      child.once('close', () => resolve());
    });

  it('continues where it was killed, and no key of a customer changes meanwhile', async () => {
    const subjects = Array.from({ length: KEYS }, (_, i) => `relationship-${i}`);
    const running = await open();
    const bytesIn = async (store: Awaited<ReturnType<typeof open>>) =>
      [...(await store.find(subjects)).values()].map((found) => found.kind === 'key' && found.key.key.export().toString('hex'));
    await running.ensure(subjects);
    const before = await bytesIn(running);
    const former = (await list())[0]!.id;
    await rotateUntilKilled();
    const [current, old] = await list();
    expect(current).toMatchObject({ current: true });
    expect(old).toMatchObject({ id: former, current: false });
    expect(current!.keys + old!.keys).toBe(KEYS);
    expect(await place.run('master-key', 'rotate')).toMatchObject({ code: 0 });
    expect(await list()).toEqual([
      { id: current!.id, current: true, keys: KEYS },
      { id: former, current: false, keys: 0 },
    ]);
    const again = await open();
    expect(await bytesIn(again)).toEqual(before);
    await Promise.all([running.close(), again.close()]);
  });

  it('says what is wrong: no keys yet, no file to put a new key into, a command that fails', async () => {
    expect(await place.run('master-key', 'list')).toMatchObject({ code: 3, stderr: expect.stringContaining('no keys of customers found') });
    await (await open()).close();
    const failing = { MASTER_KEY: 'command:exit 4' };
    expect(await place.runWith(failing, 'master-key', 'list')).toMatchObject({ code: 3, stderr: expect.stringContaining('exit code 4') });
    const noFile = { code: 2, stderr: expect.stringContaining('MASTER_KEY=file:') };
    expect(await place.runWith(failing, 'master-key', 'rotate', '--new')).toMatchObject(noFile);
  });
});
