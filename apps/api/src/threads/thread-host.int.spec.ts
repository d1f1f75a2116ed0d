import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { builtModule } from '#async';
import { createLogger, ErrorElsewhere, Problem } from '#platform';
import { type AskedThread, CannotStart, startThread, ThreadAway } from './thread-host.js';

let folder: string;
let thread: AskedThread;
let report: unknown[];
let hosts: (request: unknown) => unknown;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-thread-'));
  report = [];
  hosts = () => undefined;
});
afterEach(async () => {
  await thread.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a thread runs: its beginning, and what it makes of a question. */
const start = (beginning: string, answer = 'undefined', more = ''): AskedThread => {
  const file = path.join(folder, 'program.mjs');
  const been = JSON.stringify(path.join(folder, 'been'));
  writeFileSync(
    file,
    `import { existsSync, writeFileSync } from 'node:fs';
    import { answerHost, tellHost } from ${JSON.stringify(builtModule('./answering.js', import.meta.url).href)};
    const once = () => { const was = existsSync(${been}); writeFileSync(${been}, ''); return !was; };
    let asked = 0;
    const host = answerHost({ answer: (request) => { asked++; return ${answer}; }, ${more} });
    ${beginning}`,
  );
  const logger = createLogger('silent');
  const onReport = (news: unknown) => report.push(news);
  return startThread({ name: 'thread of a test', program: pathToFileURL(file), workerData: {}, onReport, answer: hosts }, logger);
};

const running = "tellHost('running');";

describe('a thread that is asked', () => {
  it('answers whoever asked with what was asked, in whatever order answers come, and tells its news with them', async () => {
    thread = start(
      running,
      "request === 13 ? Promise.reject(new Error('unlucky')) : new Promise((give) => setTimeout(give, 20 - (request % 20), request * 2))",
      'newsWithAnswers() { const report = asked; asked = 0; return { report }; }',
    );
    await thread.started;
    const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => thread.ask(n)));
    expect(answers.map((one) => (one.status === 'fulfilled' ? one.value : one.reason))).toEqual(
      Array.from({ length: 50 }, (_, n) => (n === 13 ? expect.any(ErrorElsewhere) : n * 2)),
    );
    expect(answers[13]).toMatchObject({ reason: { problem: { ours: true }, message: expect.stringContaining('unlucky') } });
    expect((report as number[]).reduce((sum, each) => sum + each)).toBe(50);
  });

  it('leaves nobody waiting when it dies, and starts again', async () => {
    thread = start(running, 'once() ? process.exit(3) : "again"');
    await thread.started;
    const asked = await Promise.allSettled([thread.ask(1), thread.ask(2)]);
    expect(asked.map((one) => one.status === 'rejected' && (one.reason as ThreadAway).asked)).toEqual([true, true]);
    expect(thread.state()).toBe('restarting');
    await expect(thread.ask(3)).rejects.toMatchObject({ name: 'ThreadAway', asked: false });
    while (thread.state() !== 'running') await sleep(10);
    expect(await thread.ask(4)).toBe('again');
  });

  it('is not restarted when it cannot have what it needs from the first', async () => {
    thread = start(`tellHost({ cannotStart: 'somebody else has it' }); process.exit(1);`);
    await expect(thread.started).rejects.toThrow(new CannotStart('somebody else has it'));
    await sleep(300);
    expect(thread.state()).toBe('stopped');
  });

  it('is not restarted where the event log denies access: that is not mended by asking again', async () => {
    thread = start(`${running} setTimeout(() => { throw Object.assign(new Error('wrong password'), { name: 'EventLogDenied' }); }, 50);`);
    await thread.started;
    while (thread.state() === 'running') await sleep(10);
    await sleep(500);
    expect(thread.state()).toBe('stopped');
    expect(thread.stalledBy()).toBe('EventLogDenied');
  });

  it('tells what it failed with at the first attempt, and tries again', async () => {
    thread = start(`if (once()) throw new TypeError('a bug'); ${running}`);
    await expect(thread.started).rejects.toThrow('a bug');
    while (thread.state() !== 'running') await sleep(10);
  });

  it('asks its host, which answers or fails as it would itself', async () => {
    hosts = (request) => {
      if (request === 13) throw new Problem('not-found');
      return `host's ${request}`;
    };
    thread = start(running, 'host.ask(request)');
    await thread.started;
    expect(await thread.ask(7)).toBe("host's 7");
    await expect(thread.ask(13)).rejects.toMatchObject({ problem: { details: { status: 404 } } });
  });

  it('goes on trying to have it when it was there once', async () => {
    const at = (name: string) => JSON.stringify(path.join(folder, name));
    thread = start(
      `if (existsSync(${at('was-asked')}) && !existsSync(${at('tried')})) {
        writeFileSync(${at('tried')}, '');
        tellHost({ cannotStart: 'not yet' });
        process.exit(1);
      }
      ${running}`,
      `existsSync(${at('tried')}) ? 'back' : (writeFileSync(${at('was-asked')}, ''), process.exit(1))`,
    );
    await thread.started;
    await expect(thread.ask(1)).rejects.toThrow(ThreadAway);
    while (thread.state() !== 'running') await sleep(10);
    expect(await thread.ask(2)).toBe('back');
  });
});
