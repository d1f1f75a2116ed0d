import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  compareLogs,
  copyEvents,
  createEventRegistry,
  type EventLogAdapter,
  NOTHING_COPIED,
  openEventLog,
  openEventLogAdapter,
} from '#event-log';
import { projections } from '#projections';
import { createProjector } from '#projections/runner/index.js';
import { createMemoryReadModels } from '#read-models';
import { applyPolicyEvent, defaultPolicies, eventDefinitions } from '#relationship';
import { appendAtHead, asWritten, newEvents } from '#testing';
import { describeWithEventStoreDb } from '#testing/engines/given-engines.js';
import { appendCompany } from '../bench/company-log.js';
import { type Ended, workplace } from '../cli/letopis.js';
import { unlike, type ViewParts, viewParts } from './view-parts.js';

const cdnow = path.resolve('../shared/data/cdnow/CDNOW_sample.txt');
const policies = { initial: defaultPolicies, apply: applyPolicyEvent };
const registry = createEventRegistry(eventDefinitions);

async function viewsOf(url: string): Promise<ViewParts> {
  const log = await openEventLog(url, { registry, readOnly: true });
  const store = createMemoryReadModels();
  const projector = createProjector({ log, store, projections, policies });
  await projector.start();
  await projector.settled();
  await projector.stop();
  await log.close();
  return viewParts(store);
}

/** As a view stores it, but for where in the log it stands. */
const sameButPositions = (a: unknown, b: unknown) => withoutPositions(a) === withoutPositions(b);
const withoutPositions = (content: unknown) =>
  JSON.stringify(content, (name, value) => (name === 'position' || name === 'knownFrom' ? undefined : value));

async function contentOf(url: string) {
  const log = await openEventLogAdapter(url, { readOnly: true });
  const found: string[] = [];
  for await (const batch of log.readRaw())
    for (const { stream, revision, hash, text } of batch) found.push(`${stream} ${revision} ${hash} ${text}`);
  await log.close();
  return found;
}

describeWithEventStoreDb('moving a log to EventStoreDB', (server) => {
  let folder: string;
  const place = workplace();
  const to = () => `${server}#t-${randomUUID().slice(0, 8)}`;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-move-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
    place.remove();
  });
  const copyLog = (from: string, target: string, ...more: readonly string[]): Promise<Ended> =>
    place.run('copy-log', '--from', from, '--to', target, '--quiet', '1', ...more);

  it('keeps every event and the order of the whole log there and back, and gives the same views', async () => {
    const [source, there, back] = [`sqlite:${path.join(folder, 'log.db')}`, to(), `sqlite:${path.join(folder, 'back.db')}`];
    const log = await openEventLog(source, { registry });
    await appendCompany(log, 1_500, 60);
    await log.close();
    const before = await contentOf(source);
    expect(await copyLog(source, there)).toMatchObject({ code: 0, stderr: expect.stringContaining(' events copied and compared in ') });
    expect(await contentOf(there)).toEqual(before);
    const views = await viewsOf(source);
    expect(unlike(views, await viewsOf(there), sameButPositions)).toEqual([]);
    expect(await copyLog(there, back)).toMatchObject({ code: 0 });
    expect(await contentOf(back)).toEqual(before);
    await expect(openEventLog(there, { registry })).rejects.toMatchObject({ name: 'EventLogClosed' });
  });

  it('keeps the order where the events of many streams alternate, and continues there too', async () => {
    const [source, there] = [`sqlite:${path.join(folder, 'alternating.db')}`, to()];
    const log = await openEventLog(source, { registry: asWritten });
    for (let i = 0; i < 120; i++) await appendAtHead(log, `relationship-${i % 2 === 0 ? 'a' : i % 11}`, newEvents(1));
    await log.close();
    expect(await copyLog(source, there, '--keep-open')).toMatchObject({ code: 0 });
    const more = await openEventLog(source, { registry: asWritten });
    for (let i = 0; i < 60; i++) await appendAtHead(more, `relationship-${i % 7}`, newEvents(1));
    await more.close();
    expect(await copyLog(source, there)).toMatchObject({ code: 0 });
    expect(await contentOf(there)).toEqual((await contentOf(source)).slice(0, -1));
  });

  it('rejects the same log under another URL, and closes nothing', async () => {
    const there = to();
    const log = await openEventLog(there, { registry: asWritten });
    await log.append('relationship-a', 'none', newEvents(1));
    const same = there.replace('127.0.0.1', 'localhost');
    expect(same).not.toBe(there);
    expect(await copyLog(there, same)).toMatchObject({ code: 2, stderr: expect.stringContaining('name the same log') });
    await appendAtHead(log, 'relationship-a', newEvents(1));
    await log.close();
  });

  it('takes the namespace of EVENT_LOG_NAMESPACE where the URL names none', async () => {
    const name = `t-${randomUUID().slice(0, 8)}`;
    const log = await openEventLog(`${server}#${name}`, { registry: asWritten });
    await log.append('relationship-a', 'none', newEvents(2));
    await log.close();
    const copy = `sqlite:${path.join(folder, 'named.db')}`;
    expect(await place.runWith({ EVENT_LOG_NAMESPACE: name }, 'copy-log', '--from', server, '--to', copy, '--keep-open')).toMatchObject({
      code: 0,
    });
    expect((await contentOf(copy)).length).toBe(2);
  });

  const published = existsSync(cdnow) ? it : it.skip;
  published(`gives the same views of the published CDNOW purchases${existsSync(cdnow) ? '' : ` [needs ${cdnow}]`}`, async () => {
    const [source, there] = [`sqlite:${path.join(folder, 'cdnow.db')}`, to()];
    const mapping = path.resolve('test/fixtures/mappings/cdnow.json');
    expect(await place.runWith({ EVENT_LOG_URL: source }, 'import', cdnow, '--mapping', mapping)).toMatchObject({ code: 0 });
    expect(await copyLog(source, there)).toMatchObject({ code: 0 });
    const views = await viewsOf(source);
    expect(unlike(views, await viewsOf(there), sameButPositions)).toEqual([]);
  });

  it('tells a process that writes the log that it was closed', async () => {
    const [there, back] = [to(), `sqlite:${path.join(folder, 'closed.db')}`];
    const writer = await openEventLog(there, { registry });
    await appendCompany(writer, 40, 3);
    expect(await copyLog(there, back)).toMatchObject({ code: 0 });
    await expect(appendCompany(writer, 40, 5)).rejects.toMatchObject({ name: 'EventLogClosed' });
    await writer.close();
    expect((await contentOf(back)).length).toBeGreaterThan(40);
  });

  it('continues after it was cut off in the middle, at any event', async () => {
    const [source, there] = [`sqlite:${path.join(folder, 'cut.db')}`, to()];
    const log = await openEventLog(source, { registry });
    await appendCompany(log, 300, 20);
    await log.close();
    const [from, target] = [await openEventLogAdapter(source, { readOnly: true }), await openEventLogAdapter(there)];
    for (const appends of [1, 3, 6]) {
      let taken = 0;
      const cutOff: EventLogAdapter['append'] = (append) =>
        ++taken > appends ? Promise.reject(new Error('cut off')) : target.append(append);
      const upTo = await finished(compareLogs(from, target, NOTHING_COPIED));
      await expect(finished(copyEvents(from, { ...target, append: cutOff }, upTo))).rejects.toThrow('cut off');
    }
    await Promise.all([from.close(), target.close()]);
    expect(await copyLog(source, there)).toMatchObject({ code: 0 });
    expect(await contentOf(there)).toEqual((await contentOf(source)).slice(0, -1));
  });
});

async function finished<Result>(steps: AsyncGenerator<unknown, Result>): Promise<Result> {
  for (;;) {
    const next = await steps.next();
    if (next.done) return next.value;
  }
}
