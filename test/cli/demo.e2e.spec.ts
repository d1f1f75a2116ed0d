import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventLogMissing, openEventLog } from '#event-log';
import { startEventStoreDb } from '#testing/engines/eventstoredb/start.js';
import { type Workplace, workplace } from './letopis.js';

let place: Workplace;
beforeEach(() => {
  place = workplace();
});
afterEach(() => place.remove());

/** Ctrl-C as soon as it has said that. */
async function interruptedAt(said: string, child: ChildProcess): Promise<{ readonly code: number | null; readonly stderr: string }> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const before = stderr.includes(said);
    stderr += text;
    if (!before && stderr.includes(said)) child.kill('SIGINT');
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stderr };
}

describe('letopis demo', () => {
  it('stops loading at Ctrl-C, and continues with the same company the next time', async () => {
    const first = await interruptedAt('Loading three years', place.start({ PORT: '0' }, 'demo', '--customers', '50000'));
    expect(first.stderr).toMatch(
      /Interrupted after [\d,]+ of about 1,550,000 commands; `letopis demo` resumes, `letopis demo --fresh` starts again/,
    );
    expect(first.code).toBe(130);
    const second = await interruptedAt('Resuming', place.start({ PORT: '0' }, 'demo'));
    expect(second.stderr).toContain(
      'The folder contains the company of an earlier run (50000 customers, seed 7); --fresh creates a new one.',
    );
    expect(second.stderr).toContain('Resuming the interrupted load of three years of a company with 50000 customers');
    expect(second.code).toBe(130);
  });

  it('looks whether its port is free before it loads anything', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => other.listen(0, '127.0.0.1', () => resolve((other.address() as AddressInfo).port)));
    const { code, stderr } = await place.runWith({ PORT: String(port) }, 'demo', '--fresh');
    other.close();
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: `letopis: address already in use 127.0.0.1:${port}; stop the other program, or set PORT to a free port\n`,
    });
    expect(existsSync(`${place.folder}/data`)).toBe(false);
  });

  it('loads on EventStoreDB into a namespace of its own', async () => {
    const server = await startEventStoreDb();
    const ended = await place.runWith({ EVENT_LOG_URL: server.url }, 'demo', '--once', '--customers', '5');
    const shared = await openEventLog(`${server.url}#letopis`, { readOnly: true }).catch((error: unknown) => error);
    await server.dispose();
    expect(shared).toBeInstanceOf(EventLogMissing);
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('All checks passed.') });
  });

  it('wants a customer at least', async () => {
    expect(await place.run('demo', '--customers', '0', '--once')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('It must be 1 or more.'),
    });
  });
});
