import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEventLog } from '#event-log';
import { projections } from '#projections';
import { contributorsTo } from '#projections/contributor.js';
import { readAlias } from '#projections/runner/aliases.js';
import { type BuildTeam, createProjector, createViewReader } from '#projections/runner/index.js';
import { openReadModels, type ReadModelStore } from '#read-models';
import { defaultPolicies } from '#relationship';
import { appendAtHead } from '#testing/append-at-head.js';
import { storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { newEvent } from '#testing/new-event.js';
import { viewContents } from '#testing/view-contents.js';
import { eventCatalogue } from '../events/current-events.js';
import { type BuildThreadsOptions, buildThreads } from './build-threads.js';
import { codeOfViews } from './code-of-views.js';
import { letopisViews } from './letopis-views.js';

const CUSTOMERS = 150;
const days = ['2026-01-05', '2026-01-15', '2030-01-01'];

describe('threads that build views together', () => {
  let folder: string;
  let engines: Omit<BuildThreadsOptions, 'threads'>;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-build-'));
    const subjectKeys = {
      url: `sqlite:${path.join(folder, 'subject-keys.db')}`,
      masterKeyFile: path.join(folder, 'master.key'),
      keptOutsideUrl: `file:${path.join(folder, 'kept')}`,
    };
    engines = {
      eventLogUrl: `sqlite:${path.join(folder, 'log.db')}`,
      readModelsUrl: `sqlite:${path.join(folder, 'views.db')}`,
      subjectKeys,
    };
    const log = await openEventLog(engines.eventLogUrl, { registry: eventCatalogue });
    for (let n = 0; n < CUSTOMERS; n++) {
      const id = `customer-${n}`;
      const story = storyOf(id, fullStory.slice(0, fullStory.length - (n % 7)));
      const events = story.map(({ stream: _s, revision: _r, position: _p, hash: _h, ...event }) => ({ ...event, id: `${event.id}-${n}` }));
      await log.append(`relationship-${id}`, 'none', events);
    }
    await log.close();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function built(store: ReadModelStore, team?: BuildTeam) {
    const log = await openEventLog(engines.eventLogUrl, { registry: eventCatalogue, readOnly: true });
    const errors: unknown[] = [];
    const logger = { info: () => undefined, warn: () => undefined, error: (fields: object) => void errors.push(fields) };
    const projector = createProjector({ log, store, team, logger, commitEvents: 400, ...letopisViews() });
    await projector.start();
    await projector.settled();
    const parked = projector.parked();
    await projector.stop();
    await log.close();
    return { errors, parked };
  }

  async function contents(store: ReadModelStore) {
    const reader = createViewReader(store, codeOfViews());
    const views = [];
    for (const projection of projections) {
      const { current } = await readAlias(store, projection.name);
      const totals = await reader.totals(projection.name, { by: 'series' });
      const context = { reader, log: undefined as never, policies: defaultPolicies, now: '2030-01-01T00:00:00.000Z' };
      const behind = await Promise.all(
        totals.slice(0, 20).map(({ series }) => contributorsTo(context, projection, { series, limit: 1000 })),
      );
      views.push([projection.name, await viewContents(store, current!, days), totals, behind]);
    }
    return views;
  }

  function counted(team: BuildTeam) {
    const builds: number[] = [];
    const counting: BuildTeam = {
      ...team,
      async build(task, pace) {
        const at = builds.push(0) - 1;
        const progressed = (events: number) => {
          builds[at] = builds[at]! + events;
        };
        return team.build(task, { ...pace, progressed });
      },
    };
    return { counting, builds };
  }

  it('come to the same views as one thread', async () => {
    const memory = openReadModels('memory:');
    await built(memory);
    const store = openReadModels(engines.readModelsUrl);
    const { counting, builds } = counted(buildThreads({ ...engines, threads: 3, fromEvents: 1 })!);
    expect(await built(store, counting)).toEqual({ errors: [], parked: [] });
    const log = await openEventLog(engines.eventLogUrl, { registry: eventCatalogue, readOnly: true });
    expect(builds).toEqual([Number(await log.head())]);
    await log.close();
    const [together, alone] = [await contents(store), await contents(memory)];
    for (const [i, view] of together.entries()) expect(view).toEqual(alone[i]);
    await store.close();
  });

  it('park whom one thread parks', async () => {
    const writing = await openEventLog(engines.eventLogUrl, { registry: eventCatalogue });
    for (const customer of ['customer-3', 'customer-4', 'customer-5'])
      await appendAtHead(writing, `relationship-${customer}`, [newEvent({ type: 'purchase-recorded', data: { purchaseId: 'p' } })]);
    await writing.close();
    const memory = openReadModels('memory:');
    const alone = await built(memory);
    const store = openReadModels(engines.readModelsUrl);
    const together = await built(store, buildThreads({ ...engines, threads: 3, fromEvents: 1 })!);
    const places = ({ parked }: typeof alone) => parked.map(({ view, subject, eventId }) => `${view} ${subject} ${eventId}`).sort();
    expect(places(alone).length).toBeGreaterThan(2);
    expect(places(together)).toEqual(places(alone));
    await store.close();
  });

  it('are not started where little is to be built, engines are in memory or on servers, or there is one processor', () => {
    const team = buildThreads({ ...engines, threads: 2, fromEvents: 500 });
    expect([499, 500].map((count) => team?.isWorthwhile(count))).toEqual([false, true]);
    expect(buildThreads({ ...engines, threads: 1 })).toBeUndefined();
    expect(buildThreads({ ...engines, readModelsUrl: 'mongodb://there/letopis', threads: 2 })).toBeUndefined();
    expect(buildThreads({ ...engines, eventLogUrl: 'memory:', readModelsUrl: 'memory:', threads: 2 })).toBeUndefined();
  });

  it('stop when they are asked to, and what they left starts again', async () => {
    const team = buildThreads({ ...engines, threads: 2, fromEvents: 1 })!;
    const stopping = new AbortController();
    const store = openReadModels(engines.readModelsUrl);
    const log = await openEventLog(engines.eventLogUrl, { registry: eventCatalogue, readOnly: true });
    const interrupted = createProjector({
      log,
      store,
      commitEvents: 100,
      ...letopisViews(),
      team: {
        ...team,
        build: (task, pace) =>
          team.build(task, { ...pace, signal: AbortSignal.any([pace.signal, stopping.signal]), progressed: () => stopping.abort() }),
      },
    });
    await interrupted.start();
    while (!stopping.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    await interrupted.stop();
    await log.close();
    expect((await readAlias(store, 'card')).current).toBeUndefined();
    expect(await built(store, team)).toEqual({ errors: [], parked: [] });
    const memory = openReadModels('memory:');
    await built(memory);
    expect(await contents(store)).toEqual(await contents(memory));
    await store.close();
  });

  it('leave to the leading thread what is too much for their memory', async () => {
    const writing = await openEventLog(engines.eventLogUrl, { registry: eventCatalogue });
    const data = { contactId: 'c', channel: 'phone', direction: 'inbound', purpose: 'other', summary: 'x'.repeat(200_000) };
    for (let n = 0; n < 150; n++) await appendAtHead(writing, 'relationship-talkative', [newEvent({ type: 'contact-recorded', data })]);
    await writing.close();
    const store = openReadModels(engines.readModelsUrl);
    const team = buildThreads({ ...engines, threads: 2, fromEvents: 1, memoryMb: 24 })!;
    const { errors } = await built(store, team);
    expect(errors).toEqual([expect.objectContaining({ error: 'Error' })]);
    expect(team.isWorthwhile('99999999999999999999' as never)).toBe(false);
    const memory = openReadModels('memory:');
    await built(memory);
    expect(await contents(store)).toEqual(await contents(memory));
    await store.close();
  });
});
