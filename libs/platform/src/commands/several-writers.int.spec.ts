import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { delegating, type EventLog } from '#event-log';
import { collect } from '#testing';
import { memoryLog } from '#testing/as-written.js';
import { oneOfSeveralWriters } from '#testing/one-of-several-writers.js';
import { eventCatalogue } from '../events/current-events.js';
import { openReferences, type References } from '../reference-data/references.js';
import { isoNow } from '../time/iso-now.js';
import type { CommandRequest } from './command-request.js';
import { type CommandService, createCommandService } from './command-service.js';
import { plainIds } from './derived-ids.js';
import { createFingerprints } from './fingerprints.js';
import { createIds } from './new-id.js';

type Sent = Omit<CommandRequest, 'actor' | 'keyScope'>;
const actor = { kind: 'supervisor', id: 'sue' } as const;
const fingerprints = createFingerprints(async () => ({ id: '1f0c2a9b', bytes: Buffer.alloc(32, 7) }));

interface Process {
  readonly service: CommandService;
  readonly references: References;
  readonly send: (request: Sent) => ReturnType<CommandService['execute']>;
}

let log: EventLog;
let processes: Process[];
/** For how long whoever follows the log hears nothing new. */
let behindMs: number;

async function start(over: Partial<EventLog> = {}): Promise<Process> {
  const own = oneOfSeveralWriters(log, () => 2 * Math.random());
  async function* subscribe(options: Parameters<EventLog['subscribe']>[0]) {
    for await (const item of own.subscribe(options)) {
      await sleep(behindMs, undefined, { ref: false });
      yield item;
    }
  }
  const opened = delegating(own, { subscribe, ...over });
  const references = await openReferences(opened, (error) => {
    throw error;
  });
  const service = createCommandService({
    log: opened,
    references,
    fingerprints,
    derivedIds: async () => plainIds,
    clock: isoNow,
    newId: createIds(),
  });
  const started = { service, references, send: (request: Sent) => service.execute({ ...request, actor, keyScope: 'spec' }) };
  processes.push(started);
  return started;
}

const events = (stream: string) => collect(log.readStream(stream));
const register = (customerId: string): Sent => ({ name: 'register-customer', body: { customerId, kind: 'person' } });
const registerCurator = (curatorId: string): Sent => ({ name: 'register-curator', body: { curatorId } });
const assign = (customerId: string, curatorId: string): Sent => ({ name: 'assign-curator', targetId: customerId, body: { curatorId } });
const contact = (customerId: string, summary: string, idempotencyKey: string): Sent => ({
  name: 'record-contact',
  targetId: customerId,
  body: { channel: 'phone', direction: 'inbound', purpose: 'information', summary },
  idempotencyKey,
});

beforeEach(() => {
  log = memoryLog(eventCatalogue);
  processes = [];
  behindMs = 0;
});
afterEach(async () => {
  await Promise.all(processes.map(({ references }) => references.close()));
  await log.close();
});

describe('two processes that write one log', () => {
  it('execute what 64 callers send to either or to both of them once, and answer a command alike wherever it was sent', async () => {
    const both = [await start(), await start()] as const;
    const customers = ['c-1', 'c-2', 'c-3'];
    for (const id of customers) await both[0].send(register(id));
    const target = fc.constantFrom<readonly (0 | 1)[]>([0], [1], [0, 1], [1, 0, 1]);
    const commands = fc.sample(fc.record({ customer: fc.constantFrom(...customers), targets: target }), 64 * 6);
    const caller = async (number: number): Promise<void> => {
      for (const [n, { customer, targets }] of commands.slice(number * 6, number * 6 + 6).entries()) {
        const key = `${number}-${n}`;
        const answers = await Promise.all(targets.map((each) => both[each].send(contact(customer, key, key))));
        expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
        const { replayed: _, ...first } = answers[0]!;
        for (const answer of answers) expect(answer).toMatchObject(first);
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, number) => caller(number)));
    const recorded = (await Promise.all(customers.map((id) => events(`relationship-${id}`)))).flat();
    const summaries = recorded.flatMap(({ type, data }) => (type === 'contact-recorded' ? [(data as { summary: string }).summary] : []));
    const sent = commands.map((_, at) => `${Math.floor(at / 6)}-${at % 6}`);
    expect(summaries.sort()).toEqual(sent.sort());
  });

  it('reject nothing for what another one has changed a moment ago: a curator who was registered, and one who came back', async () => {
    const [one, two] = [await start(), await start()];
    for (const id of ['c-1', 'c-2']) await one.send(register(id));
    behindMs = 300;
    await one.send(registerCurator('ann'));
    await expect(two.send(assign('c-1', 'ann'))).resolves.toMatchObject({ replayed: false });
    await one.send({ name: 'depart-curator', targetId: 'ann', body: {} });
    await two.references.fresh();
    await expect(two.send(assign('c-2', 'ann'))).rejects.toMatchObject({ code: 'curator-departed' });
    await one.send(registerCurator('ann'));
    await expect(two.send(assign('c-2', 'ann'))).resolves.toMatchObject({ replayed: false });
  });

  it('know who has left once they were asked to be up to date, however far they are behind', async () => {
    const [one, two] = [await start(), await start()];
    await one.send(registerCurator('ann'));
    behindMs = 300;
    await one.send({ name: 'depart-curator', targetId: 'ann', body: {} });
    await two.references.fresh();
    const later = two.service.execute({ ...register('c-1'), actor: { kind: 'curator', id: 'ann' }, keyScope: 'ann' });
    await expect(later).rejects.toMatchObject({ code: 'not-authenticated' });
  });

  it('answer 503 where they cannot know whether a rejection still holds, and go on accepting', async () => {
    const one = await start();
    const never = async function* (options: Parameters<EventLog['subscribe']>[0]) {
      await new Promise<void>((resolve) => options?.signal?.addEventListener('abort', () => resolve()));
    };
    const two = await start({ subscribe: never });
    await one.send(registerCurator('ann'));
    await two.send(register('c-1'));
    await expect(two.send(assign('c-1', 'ann'))).rejects.toMatchObject({ code: 'reference-data-behind', retryAfter: 1 });
    await expect(two.send(contact('c-1', 'a call', 'key'))).resolves.toMatchObject({ replayed: false });
  });

  it('ask the log for its end once for all who want to know at the same time, and never on behalf of one who asked later', async () => {
    let asked = 0;
    const head = async () => {
      asked++;
      const found = await log.head();
      await sleep(50);
      return found;
    };
    const one = await start();
    const two = await start({ head });
    asked = 0;
    const early = Array.from({ length: 100 }, () => two.references.fresh());
    await one.send(registerCurator('ann'));
    await two.references.fresh();
    expect(two.references.curators.current().has('ann')).toBe(true);
    await Promise.all(early);
    expect(asked).toBeLessThanOrEqual(3);
  });
});

describe('the only process that writes a log', () => {
  it('never asks it for its end, whatever it rejects', async () => {
    let asked = 0;
    const head = async () => {
      asked++;
      return log.head();
    };
    const one = await start({ head, guarantees: log.guarantees });
    asked = 0;
    await one.send(register('c-1'));
    await expect(one.send(assign('c-1', 'nobody'))).rejects.toMatchObject({ code: 'curator-unknown' });
    expect(asked).toBe(0);
  });
});
