import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { builtModule, openThread, type Thread, ThreadEnded, type ThreadOptions } from './index.js';

let folder: string;
let thread: Thread;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'letopis-thread-'));
});
afterEach(async () => {
  await thread.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A program that answers as the text says, which may call `host` and `tellHost`. */
const open = (answer: string, options: ThreadOptions = {}, more = ''): Thread => {
  const file = path.join(folder, 'program.mjs');
  writeFileSync(
    file,
    `import { answerHost, tellHost } from ${JSON.stringify(builtModule('./index.js', import.meta.url).href)};
    const host = answerHost({ answer: (request) => ${answer}, ${more} });`,
  );
  return openThread(pathToFileURL(file), options);
};

describe('a thread', () => {
  it('answers each question, whenever and in whatever order it can', async () => {
    thread = open('request > 1 ? request * 2 : new Promise((give) => setTimeout(give, 5, request * 2))');
    expect(await Promise.all([1, 2, 3].map(thread.ask))).toEqual([2, 4, 6]);
  });

  it('gets what is asked in one turn in messages of as many as are wanted', async () => {
    const told: unknown[] = [];
    thread = open('request', { askedAtOnce: 16, onNews: (news) => told.push(news) }, 'newsWithAnswers: () => true');
    const questions = Array.from({ length: 40 }, (_, n) => n);
    expect(await Promise.all(questions.map(thread.ask))).toEqual(questions);
    expect(told).toEqual([true, true, true]);
  });

  it('fails as it failed there: by name, code and message', async () => {
    thread = open("{ throw Object.assign(new RangeError('too far'), { code: 'E_FAR' }); }");
    await expect(thread.ask(1)).rejects.toMatchObject({ name: 'RangeError', message: 'too far', code: 'E_FAR' });
  });

  it.each([1, 16])('rejects a question that cannot be cloned, alone, and goes on, with %i in a message', async (askedAtOnce) => {
    thread = open('request', { askedAtOnce });
    const asked = await Promise.allSettled([1, () => undefined, 3].map(thread.ask));
    expect(asked).toMatchObject([{ value: 1 }, { reason: { name: 'DataCloneError' } }, { value: 3 }]);
    expect(await thread.ask(4)).toBe(4);
  });

  it('fails with an answer that cannot be cloned, alone, and goes on', async () => {
    thread = open('request === 2 ? () => undefined : request', { askedAtOnce: 16 });
    const asked = await Promise.allSettled([1, 2, 3].map(thread.ask));
    expect(asked).toMatchObject([{ value: 1 }, { reason: { name: 'DataCloneError' } }, { value: 3 }]);
    expect(await thread.ask(4)).toBe(4);
  });

  it('hands over instead of copying what is to be', async () => {
    thread = open(
      "request === 'left' ? (globalThis.given?.byteLength ?? 'none') : (globalThis.given = new Float64Array([1.5, 2.5]))",
      {},
      'handedOver: (answer) => (answer.buffer ? [answer.buffer] : [])',
    );
    expect(await thread.ask('numbers')).toEqual(new Float64Array([1.5, 2.5]));
    expect(await thread.ask('left')).toBe(0);
  });

  it('asks its host, and tells it what was not asked for', async () => {
    const told: unknown[] = [];
    thread = open('{ tellHost("news"); return host.ask(request); }', {
      answer: (request) => `${request}!`,
      onNews: (news) => told.push(news),
    });
    expect(await thread.ask('hm')).toBe('hm!');
    expect(told).toEqual(['news']);
  });

  it('leaves nobody waiting when it ends: whoever waits, or asks later, is told', async () => {
    thread = open('{ if (request === 2) process.exit(3); return new Promise(() => undefined); }');
    const asked = await Promise.allSettled([thread.ask(1), thread.ask(2)]);
    expect(asked.map((one) => one.status === 'rejected' && one.reason)).toEqual([expect.any(ThreadEnded), expect.any(ThreadEnded)]);
    expect(await thread.ended).toEqual({ code: 3 });
    await expect(thread.ask(3)).rejects.toThrow('ended with code 3');
  });

  it('tells what broke it', async () => {
    thread = open('setImmediate(() => { throw new TypeError("a bug"); }) && new Promise(() => undefined)');
    await expect(thread.ask(1)).rejects.toThrow('a bug');
    expect(await thread.ended).toMatchObject({ code: 1, error: { name: 'TypeError' } });
  });

  it('gives the answers that it has before it stops', async () => {
    thread = open('new Promise((give) => { globalThis.give = give; })', {}, 'stop: () => globalThis.give("late")');
    const asked = thread.ask(1);
    const [answer] = await Promise.all([asked, thread.stop()]);
    expect([answer, await thread.ended]).toEqual(['late', { code: 0 }]);
  });
});
