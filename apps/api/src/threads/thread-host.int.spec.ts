import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '#platform';
import { type AskedThread, CannotStart, startThread, ThreadAway } from './thread-host.js';

let folder: string;
let thread: AskedThread;
let told: unknown[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-thread-'));
  told = [];
});
afterEach(async () => {
  await thread.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a thread runs: its beginning, and what it makes of a message. */
const start = (beginning: string, onMessage = ''): AskedThread => {
  const file = path.join(folder, 'program.mjs');
  writeFileSync(
    file,
    `import { existsSync, writeFileSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    const once = () => { const been = existsSync(${JSON.stringify(`${folder}/been`)}); writeFileSync(${JSON.stringify(`${folder}/been`)}, ''); return !been; };
    parentPort.on('message', (message) => {
      if (message === 'stop') return parentPort.close();
      const tell = (answered, more) => parentPort.postMessage({ answered, ...more });
      ${onMessage}
    });
    ${beginning}`,
  );
  const logger = createLogger('silent');
  const onTold = (news: unknown) => told.push(news);
  return startThread({ name: 'thread of a test', program: pathToFileURL(file), workerData: {}, onTold }, logger);
};

const running = "parentPort.postMessage('running');";

describe('a thread that is asked', () => {
  it('gets in few messages what is asked in one turn, and whoever asked gets the own answer, in whatever order they come', async () => {
    thread = start(
      running,
      `tell(message.map(({ number, request }) => (request === 13 ? { number, failure: { problem: 13, told: 'unlucky' } } : { number, answer: request * 2 })).reverse(), { told: message.length });`,
    );
    await thread.started;
    const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => thread.ask(n)));
    expect(answers.map((one) => (one.status === 'fulfilled' ? one.value : [one.reason.problem, one.reason.message]))).toEqual(
      Array.from({ length: 50 }, (_, n) => (n === 13 ? [13, 'unlucky'] : n * 2)),
    );
    expect((told as number[]).reduce((sum, each) => sum + each)).toBe(50);
    expect(told.length).toBeLessThan(10);
  });

  it('leaves nobody waiting when it dies, and is begun anew', async () => {
    thread = start(running, 'if (once()) process.exit(3); tell(message.map(({ number }) => ({ number, answer: "again" })));');
    await thread.started;
    const asked = await Promise.allSettled([thread.ask(1), thread.ask(2)]);
    expect(asked.map((one) => one.status === 'rejected' && (one.reason as ThreadAway).asked)).toEqual([true, true]);
    expect(thread.state()).toBe('restarting');
    await expect(thread.ask(3)).rejects.toMatchObject({ name: 'ThreadAway', asked: false });
    while (thread.state() !== 'running') await sleep(10);
    expect(await thread.ask(4)).toBe('again');
  });

  it('is not begun anew when it cannot have what it needs from the first', async () => {
    thread = start(`parentPort.postMessage({ cannotStart: 'somebody else has it' }); process.exit(1);`);
    await expect(thread.started).rejects.toThrow(new CannotStart('somebody else has it'));
    await sleep(300);
    expect(thread.state()).toBe('stopped');
  });

  it('tells what it failed with at the first attempt, and tries again', async () => {
    thread = start(`if (once()) throw new TypeError('a bug'); ${running}`);
    await expect(thread.started).rejects.toThrow('a bug');
    while (thread.state() !== 'running') await sleep(10);
  });

  it('goes on trying to have it when it was there once', async () => {
    const at = (name: string) => JSON.stringify(path.join(folder, name));
    thread = start(
      `if (existsSync(${at('was-asked')}) && !existsSync(${at('tried')})) {
        writeFileSync(${at('tried')}, '');
        parentPort.postMessage({ cannotStart: 'not yet' });
        process.exit(1);
      }
      ${running}`,
      `if (existsSync(${at('tried')})) return tell(message.map(({ number }) => ({ number, answer: 'back' })));
      writeFileSync(${at('was-asked')}, '');
      process.exit(1);`,
    );
    await thread.started;
    await expect(thread.ask(1)).rejects.toThrow(ThreadAway);
    while (thread.state() !== 'running') await sleep(10);
    expect(await thread.ask(2)).toBe('back');
  });
});
