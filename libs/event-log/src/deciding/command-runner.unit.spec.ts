import fc from 'fast-check';
import { delegating, type EventLog, EventLogUnavailable, IdempotencyConflict, WrongExpectedRevision } from '#event-log';
import { appendAtHead, collect, newEvent } from '#testing';
import { memoryLog } from '#testing/as-written.js';
import { oneOfSeveralWriters } from '#testing/one-of-several-writers.js';
import { createCommandRunner } from './command-runner.js';
import { type AskedOfStream, type CommandResult, type Decider, type Envelope, EventsWithheld, RevisionMismatch } from './decider.js';

class Rejection extends Error {}

/** An account that takes amounts and never falls below nothing; 0 decides nothing, `split` decides two events. It fails on an event that is not its own. */
interface Book {
  readonly amount: number;
  readonly split?: boolean;
}

const account: Decider<number, Book, { type: string; data: { amount: number } }, undefined> = {
  initialState: () => 0,
  evolve(balance, { type, data }) {
    if (type !== 'booked') throw new Error(`what is ${type}?`);
    return balance + (data as { amount: number }).amount;
  },
  decide(balance, { amount, split }) {
    if (balance + amount < 0) throw new Rejection(`only ${balance} left`);
    if (amount === 0) return [];
    const booked = { type: 'booked', data: { amount } };
    return split ? [booked, booked] : [booked];
  },
};

let made = 0;
const newId = () => `id-${++made}`;

function envelope(command: Book, over: Partial<Envelope<Book>> = {}): Envelope<Book> {
  const commandId = newId();
  return {
    commandId,
    commandHash: JSON.stringify(command),
    command,
    actor: { kind: 'curator', id: 'curator-1' },
    now: '2026-11-22T12:00:00.000Z',
    occurredAt: '2026-11-21T12:00:00.000Z',
    correlationId: 'correlation-1',
    ...over,
  };
}

describe('running commands', () => {
  let log: EventLog;
  const runnerOn = (over: Partial<EventLog> = {}) => createCommandRunner({ log: delegating(log, over), decider: account, newId });
  const events = (stream = 's-1') => collect(log.readStream(stream));
  const amounts = async (stream?: string) => (await events(stream)).map(({ data }) => (data as { amount: number }).amount);
  const deposit = (amount: number) => newEvent({ type: 'booked', data: { amount } });

  beforeEach(async () => {
    log = memoryLog();
  });

  it('appends what was decided, with all that the envelope says', async () => {
    const sent = envelope({ amount: 5 }, { causationId: 'cause', source: { system: 'erp', id: '7' } });
    const result = await runnerOn().execute('s-1', sent, undefined);
    const [event] = await events();
    expect(event).toMatchObject({
      type: 'booked',
      schemaVersion: 1,
      data: { amount: 5 },
      occurredAt: sent.occurredAt,
      recordedAt: sent.now,
      actor: sent.actor,
      correlationId: 'correlation-1',
      causationId: 'cause',
      commandId: sent.commandId,
      commandHash: sent.commandHash,
      source: { system: 'erp', id: '7' },
    });
    expect(result).toEqual({ stream: 's-1', revision: 0, position: event!.position, eventIds: [event!.id], replayed: false });
  });

  it('decides on the state that the log holds', async () => {
    await log.append('s-1', 'none', [deposit(3), deposit(4)]);
    await runnerOn().execute('s-1', envelope({ amount: -7 }), undefined);
    expect(await amounts()).toEqual([3, 4, -7]);
  });

  it('a rejection appends nothing and is thrown as it is', async () => {
    await expect(runnerOn().execute('s-1', envelope({ amount: -1 }), undefined)).rejects.toThrow(Rejection);
    expect(await events()).toEqual([]);
  });

  it('a command that cannot be repeated and decides nothing answers where the stream is, and appends nothing', async () => {
    const { position } = await log.append('s-1', 'none', [deposit(1)]);
    const { commandHash: _, ...once } = envelope({ amount: 0 });
    const result = await runnerOn().execute('s-1', once, undefined);
    expect(result).toEqual({ stream: 's-1', revision: 0, position, eventIds: [], replayed: false });
    expect(await events()).toHaveLength(1);
  });

  it('a command that is not to append is told where it would, and is answered as usual where it would not', async () => {
    const runner = runnerOn();
    const first = envelope({ amount: 3 });
    const answer = await runner.execute('s-1', first, undefined);
    const ask = (sent: Envelope<Book>) => runner.execute('s-1', { ...sent, append: false }, undefined);
    await expect(ask(envelope({ amount: 1 }))).rejects.toThrow(EventsWithheld);
    await expect(ask(envelope({ amount: -9 }))).rejects.toThrow(Rejection);
    expect(await ask(envelope({ amount: 0 }, { remember: false }))).toMatchObject({ revision: 0, replayed: false });
    expect(await ask(first)).toEqual({ ...answer, eventIds: [], replayed: true });
    expect(await amounts()).toEqual([3]);
  });

  describe('a command that may be repeated and decides nothing', () => {
    const nothing = { amount: 0 };

    it('is remembered by one event of the stream, which says nothing of the domain', async () => {
      await log.append('s-1', 'none', [deposit(1)]);
      const sent = envelope(nothing, { source: { system: 'erp', id: '7' } });
      const result = await runnerOn().execute('s-1', sent, undefined);
      const remembered = (await events()).at(-1)!;
      expect(result).toEqual({ stream: 's-1', revision: 1, position: remembered.position, eventIds: [], replayed: false });
      const { commandId, commandHash, actor, occurredAt, correlationId, source } = sent;
      expect(remembered).toMatchObject({
        ...{ type: 'command-remembered', schemaVersion: 1, data: {} },
        ...{ commandId, commandHash, actor, occurredAt, correlationId, source },
      });
    });

    it('answers as the first time when it is sent again, whatever others did in between', async () => {
      const runner = runnerOn();
      await runner.execute('s-1', envelope({ amount: 1 }), undefined);
      const sent = envelope(nothing);
      const first = await runner.execute('s-1', sent, undefined);
      await runner.execute('s-1', envelope({ amount: 2 }), undefined);
      for (const again of [runner, runnerOn()]) expect(await again.execute('s-1', sent, undefined)).toEqual({ ...first, replayed: true });
      expect((await events()).map(({ type }) => type)).toEqual(['booked', 'command-remembered', 'booked']);
    });

    it('is rejected with another body, and in another stream', async () => {
      const sent = envelope(nothing);
      await runnerOn().execute('s-1', sent, undefined);
      const other = { ...sent, commandHash: 'other' };
      await expect(runnerOn().execute('s-1', other, undefined)).rejects.toThrow(IdempotencyConflict);
      await expect(runnerOn().execute('s-2', sent, undefined)).rejects.toThrow(IdempotencyConflict);
      expect([await events(), await events('s-2')].map(({ length }) => length)).toEqual([1, 0]);
    });

    it('is no part of the state: a decider never sees it', async () => {
      const runner = runnerOn();
      await runner.execute('s-1', envelope({ amount: 3 }), undefined);
      await runner.execute('s-1', envelope(nothing), undefined);
      for (const after of [runner, runnerOn()])
        await expect(after.execute('s-1', envelope({ amount: -4 }), undefined)).rejects.toThrow('only 3 left');
    });

    it('moves the revision that others expect', async () => {
      const runner = runnerOn();
      await runner.execute('s-1', envelope(nothing), undefined);
      await runner.execute('s-1', envelope(nothing, { expectedRevision: 0 }), undefined);
      const late = runner.execute('s-1', envelope({ amount: 1 }, { expectedRevision: 0 }), undefined);
      await expect(late).rejects.toMatchObject({ name: 'RevisionMismatch', actual: 1 });
    });

    it('is first in one process alone when two race with it: the other gets the answer of the first', async () => {
      const runners = [runnerOn(), runnerOn(), runnerOn()];
      for (const runner of runners) await runner.execute('s-1', envelope({ amount: 1 }), undefined);
      const sent = envelope(nothing);
      const results = await Promise.all(runners.map((runner) => runner.execute('s-1', sent, undefined)));
      expect(results.map(({ replayed }) => replayed).sort()).toEqual([false, true, true]);
      expect(new Set(results.map(({ revision, position }) => `${revision} ${position}`)).size).toBe(1);
      expect((await events()).filter(({ type }) => type === 'command-remembered')).toHaveLength(1);
    });

    it('is decided again where it lost the race to another command', async () => {
      const runner = runnerOn();
      await runner.execute('s-1', envelope({ amount: 1 }), undefined);
      await appendAtHead(log, 's-1', [deposit(1)]);
      expect(await runner.execute('s-1', envelope(nothing), undefined)).toMatchObject({ revision: 2, replayed: false });
    });

    it('appends nothing where the caller remembers it, and is not known then when it is sent again', async () => {
      const { position } = await log.append('s-1', 'none', [deposit(1)]);
      const sent = envelope(nothing, { remember: false });
      for (const runner of [runnerOn(), runnerOn()]) {
        const answer = await runner.execute('s-1', sent, undefined);
        expect(answer).toEqual({ stream: 's-1', revision: 0, position, eventIds: [], replayed: false });
      }
      await runnerOn().execute('s-1', envelope({ amount: 2 }, { remember: false }), undefined);
      expect(await amounts()).toEqual([1, 2]);
    });
  });

  describe('that depends on the state whether they may be given', () => {
    class NotThere extends Error {}
    /** Nobody reaches an account that is empty, and one whose `amount` is 7 reaches every account. */
    const guarded = () =>
      createCommandRunner({
        log,
        newId,
        decider: {
          ...account,
          admission: ({ amount }: Book) =>
            amount === 7
              ? undefined
              : (balance: number) => {
                  if (balance === 0) throw new NotThere();
                },
        },
      });

    it('is found out before all else: no key, no revision and no reason is told of', async () => {
      await log.append('s-1', 'none', [deposit(5)]);
      const sent = envelope({ amount: 1 });
      await guarded().execute('s-1', sent, undefined);
      await appendAtHead(log, 's-1', [deposit(-6)]);
      for (const asked of [
        sent,
        { ...sent, commandHash: 'other' },
        envelope({ amount: -9 }),
        envelope({ amount: 1 }, { expectedRevision: 0 }),
      ])
        await expect(guarded().execute('s-1', asked, undefined)).rejects.toThrow(NotThere);
      expect(await amounts()).toEqual([5, 1, -6]);
    });

    it('is found out on what the log holds now, although the stream is kept: for a new command, a repeated one and one that is rejected', async () => {
      const runner = guarded();
      await log.append('s-1', 'none', [deposit(5)]);
      const sent = envelope({ amount: 1 });
      await runner.execute('s-1', sent, undefined);
      await appendAtHead(log, 's-1', [deposit(-6)]);
      await expect(runner.execute('s-1', sent, undefined)).rejects.toThrow(NotThere);
      await appendAtHead(log, 's-1', [deposit(6)]);
      expect(await runner.execute('s-1', sent, undefined)).toMatchObject({ revision: 1, replayed: true });
      await appendAtHead(log, 's-1', [deposit(-6)]);
      await expect(runner.execute('s-1', envelope({ amount: 1 }), undefined)).rejects.toThrow(NotThere);
      await appendAtHead(log, 's-1', [deposit(6)]);
      await runner.execute('s-1', envelope({ amount: 1 }), undefined);
    });

    it('is told whether the answer would tell of the stream: repeated, under a former id too, or with a revision to compare', async () => {
      const told: AskedOfStream[] = [];
      const admission = () => (_: number, asked: AskedOfStream) => void told.push(asked);
      const runner = createCommandRunner({ log, newId, decider: { ...account, admission } });
      const first = envelope({ amount: 1 }, { expectedRevision: -1 });
      const formerly = { commandId: first.commandId, isOf: (hash: string) => hash === first.commandHash };
      await runner.execute('s-1', first, undefined);
      await runner.execute('s-1', envelope({ amount: 1 }, { formerly }), undefined);
      await runner.execute(
        's-1',
        envelope({ amount: 2 }, { formerly: { ...formerly, isOf: () => false }, expectedRevision: 0 }),
        undefined,
      );
      expect(told).toEqual([
        { stream: 's-1', isRepeated: false, comparesRevision: false },
        { stream: 's-1', isRepeated: true, comparesRevision: false },
        { stream: 's-1', isRepeated: true, comparesRevision: false },
        { stream: 's-1', isRepeated: false, comparesRevision: true },
      ]);
    });

    it('is not asked where it never depends', async () => {
      expect(await guarded().execute('s-1', envelope({ amount: 7 }), undefined)).toMatchObject({ revision: 0 });
    });
  });

  it('a stream is read once and kept', async () => {
    let reads = 0;
    const runner = runnerOn({
      readStream: (...args) => {
        reads++;
        return log.readStream(...args);
      },
    });
    for (let n = 0; n < 10; n++) await runner.execute('s-1', envelope({ amount: 1 }), undefined);
    expect(reads).toBe(1);
  });

  it('a stream is read once although all of a thousand commands on it are rejected', async () => {
    await log.append(
      's-1',
      'none',
      Array.from({ length: 2_000 }, () => deposit(1)),
    );
    let events = 0;
    const runner = runnerOn({
      async *readStream(...args) {
        for await (const batch of log.readStream(...args)) {
          events += batch.length;
          yield batch;
        }
      },
    });
    const rejected = Array.from({ length: 1_000 }, () => runner.execute('s-1', envelope({ amount: -2_001 }), undefined));
    expect((await Promise.allSettled(rejected)).every(({ status }) => status === 'rejected')).toBe(true);
    expect(events).toBe(2_000);
  });

  it('no more streams are kept than were asked for', async () => {
    let reads = 0;
    const readStream: EventLog['readStream'] = (...args) => {
      reads++;
      return log.readStream(...args);
    };
    const runner = createCommandRunner({ log: delegating(log, { readStream }), decider: account, newId, cacheSize: 2 });
    for (const stream of ['a', 'b', 'c', 'a']) await runner.execute(stream, envelope({ amount: 1 }), undefined);
    expect(reads).toBe(4);
  });

  it('commands of one stream queue behind one another, in the order of the calls', async () => {
    const runner = runnerOn();
    await Promise.all(Array.from({ length: 64 }, (_, n) => runner.execute('s-1', envelope({ amount: n + 1 }), undefined)));
    expect(await amounts()).toEqual(Array.from({ length: 64 }, (_, n) => n + 1));
  });

  it('a failing command does not hold up those behind it', async () => {
    const runner = runnerOn();
    const results = await Promise.allSettled([-1, 2, -5, 3].map((amount) => runner.execute('s-1', envelope({ amount }), undefined)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('what another process appended is found out by the conflict, and decided again', async () => {
    const runner = runnerOn();
    await runner.execute('s-1', envelope({ amount: 5 }), undefined);
    await appendAtHead(log, 's-1', [deposit(-5)]);
    await expect(runner.execute('s-1', envelope({ amount: -1 }), undefined)).rejects.toThrow('only 0 left');
    await runner.execute('s-1', envelope({ amount: 2 }), undefined);
    expect(await amounts()).toEqual([5, -5, 2]);
  });

  it('a rejection decided on a kept state is decided again on what the log holds now', async () => {
    const runner = runnerOn();
    await runner.execute('s-1', envelope({ amount: 1 }), undefined);
    await appendAtHead(log, 's-1', [deposit(10)]);
    await expect(runner.execute('s-1', envelope({ amount: -11 }), undefined)).resolves.toMatchObject({ revision: 2 });
  });

  it('two runners on one log never lose or double a booking', async () => {
    const [one, two] = [runnerOn(), runnerOn()];
    await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? one : two).execute('s-1', envelope({ amount: 1 }), undefined)));
    expect(await amounts()).toHaveLength(40);
  });

  it('two processes with 32 callers each on one stream let each other ahead: none is rejected, and nothing is lost or doubled', async () => {
    const wait = () => 0.5 + Math.random();
    const [one, two] = [1, 2].map(() => createCommandRunner({ log: oneOfSeveralWriters(log, wait), decider: account, newId }));
    const [CALLERS, EACH] = [32, 10];
    const ended: number[] = [];
    const caller = async (runner: typeof one, process: number): Promise<void> => {
      for (let n = 0; n < EACH; n++) {
        const sent = envelope({ amount: 1 });
        const answers = [await runner!.execute('s-1', sent, undefined), await runner!.execute('s-1', sent, undefined)];
        expect(answers.map(({ replayed, revision }) => [replayed, revision])).toEqual(
          [false, true].map((each) => [each, answers[0]!.revision]),
        );
        ended.push(process);
      }
    };
    await Promise.all(Array.from({ length: 2 * CALLERS }, (_, n) => caller(n % 2 === 0 ? one : two, n % 2)));
    expect(await amounts()).toEqual(Array(2 * CALLERS * EACH).fill(1));
    expect(new Set((await events()).map(({ commandId }) => commandId)).size).toBe(2 * CALLERS * EACH);
    // Neither waits until the other has nothing more to do.
    const half = ended.slice(0, ended.length / 2);
    expect(half.filter((process) => process === 0).length).toBeGreaterThan(half.length / 5);
    expect(half.filter((process) => process === 1).length).toBeGreaterThan(half.length / 5);
  });

  it('the same command sent to several processes at once decides once, and all get the same answer', async () => {
    const runners = Array.from({ length: 4 }, () =>
      createCommandRunner({ log: oneOfSeveralWriters(log, () => 3 * Math.random()), decider: account, newId }),
    );
    for (let n = 0; n < 20; n++) {
      const sent = envelope({ amount: 1, split: true });
      const answers = await Promise.all(runners.map((runner) => runner.execute('s-1', sent, undefined)));
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
      expect(new Set(answers.map(({ revision, position }) => `${revision} ${position}`)).size).toBe(1);
    }
    expect(await amounts()).toHaveLength(40);
  });

  it('drops what it knows of a stream that is to be forgotten, behind the command that is under way', async () => {
    const reads: string[] = [];
    const readStream: EventLog['readStream'] = (stream, options) => {
      reads.push(stream);
      return log.readStream(stream, options);
    };
    const runner = runnerOn({ readStream });
    const deposits = (stream: string) => runner.execute(stream, envelope({ amount: 1 }), undefined);
    await deposits('s-2');
    const underWay = deposits('s-1');
    runner.forget('s-1');
    await underWay;
    await Promise.all([deposits('s-1'), deposits('s-2')]);
    expect(reads).toEqual(['s-2', 's-1', 's-1']);
  });

  it('reads only what is new of a stream that went on, and all of one that is another than was folded', async () => {
    const reads: unknown[] = [];
    const readStream: EventLog['readStream'] = (stream, options) => {
      reads.push(options?.from ?? 0);
      return log.readStream(stream, options);
    };
    const runner = runnerOn({ readStream });
    for (let n = 0; n < 5; n++) await runner.execute('s-1', envelope({ amount: 1 }), undefined);
    await appendAtHead(log, 's-1', [deposit(1)]);
    await runner.execute('s-1', envelope({ amount: 1 }), undefined);
    expect(reads).toEqual([0, 5]);
    // Put back as of before, and written since.
    log = memoryLog();
    for (let n = 0; n < 9; n++) await appendAtHead(log, 's-1', [deposit(2)]);
    await expect(runner.execute('s-1', envelope({ amount: -19 }), undefined)).rejects.toThrow('only 18 left');
  });

  it('waits for what another process appends, which the log compares with before it can be read', async () => {
    let hidden = 9;
    const runner = runnerOn({
      async *readStream(...wanted) {
        for await (const batch of log.readStream(...wanted)) yield batch.filter(({ revision }) => revision < hidden);
      },
    });
    await runner.execute('s-1', envelope({ amount: 1 }), undefined);
    hidden = 1;
    await appendAtHead(log, 's-1', [deposit(1)]);
    setTimeout(() => {
      hidden = 9;
    }, 500);
    expect(await runner.execute('s-1', envelope({ amount: 1 }), undefined)).toMatchObject({ revision: 2 });
  });

  it('gives up after a bounded number of lost races', async () => {
    const append = () => Promise.reject(new WrongExpectedRevision('s-1', null, 4));
    await expect(runnerOn({ append }).execute('s-1', envelope({ amount: 1 }), undefined)).rejects.toThrow(WrongExpectedRevision);
  });

  it('a log that is not there for a moment leaves no trace in the kept state', async () => {
    let failing = false;
    const runner = runnerOn({
      append: (...args) => (failing ? Promise.reject(new EventLogUnavailable('full')) : log.append(...args)),
    });
    await runner.execute('s-1', envelope({ amount: 1 }), undefined);
    failing = true;
    await expect(runner.execute('s-1', envelope({ amount: 1 }), undefined)).rejects.toThrow(EventLogUnavailable);
    failing = false;
    await expect(runner.execute('s-1', envelope({ amount: -2 }), undefined)).rejects.toThrow('only 1 left');
  });

  describe('expected revision', () => {
    it('is met: the command is executed', async () => {
      const runner = runnerOn();
      await runner.execute('s-1', envelope({ amount: 1 }), undefined);
      await expect(runner.execute('s-1', envelope({ amount: 1 }, { expectedRevision: 0 }), undefined)).resolves.toMatchObject({
        revision: 1,
      });
    });

    it('is missed: tells both and appends nothing', async () => {
      const runner = runnerOn();
      await runner.execute('s-1', envelope({ amount: 1 }), undefined);
      const late = runner.execute('s-1', envelope({ amount: 1 }, { expectedRevision: 4 }), undefined);
      await expect(late).rejects.toThrow(RevisionMismatch);
      await expect(late).rejects.toMatchObject({ expected: 4, actual: 0 });
      expect(await events()).toHaveLength(1);
    });

    it('is compared with the log, not with a kept state', async () => {
      const runner = runnerOn();
      await runner.execute('s-1', envelope({ amount: 1 }), undefined);
      await appendAtHead(log, 's-1', [deposit(1)]);
      await expect(runner.execute('s-1', envelope({ amount: 1 }, { expectedRevision: 1 }), undefined)).resolves.toMatchObject({
        revision: 2,
      });
      await appendAtHead(log, 's-1', [deposit(1)]);
      await expect(runner.execute('s-1', envelope({ amount: 1 }, { expectedRevision: 2 }), undefined)).rejects.toMatchObject({ actual: 3 });
    });
  });

  describe('the same command again', () => {
    it('answers as the first time and appends nothing', async () => {
      const runner = runnerOn();
      const sent = envelope({ amount: 5, split: true });
      const first = await runner.execute('s-1', sent, undefined);
      await runner.execute('s-1', envelope({ amount: 1 }), undefined);
      expect(await runner.execute('s-1', sent, undefined)).toEqual({ ...first, eventIds: [], replayed: true });
      expect(await amounts()).toEqual([5, 5, 1]);
    });

    it('is known by another runner, from the log alone', async () => {
      const sent = envelope({ amount: 5, split: true });
      const first = await runnerOn().execute('s-1', sent, undefined);
      expect(await runnerOn().execute('s-1', sent, undefined)).toEqual({ ...first, eventIds: [], replayed: true });
    });

    it('is known when another process executed it behind a kept state', async () => {
      const [one, two] = [runnerOn(), runnerOn()];
      await one.execute('s-1', envelope({ amount: 1 }), undefined);
      const sent = envelope({ amount: 5 });
      await two.execute('s-1', sent, undefined);
      expect(await one.execute('s-1', sent, undefined)).toMatchObject({ replayed: true, revision: 1 });
    });

    it('is answered even though it would be rejected now, and though the expected revision is past', async () => {
      const runner = runnerOn();
      await runner.execute('s-1', envelope({ amount: 5 }), undefined);
      const sent = envelope({ amount: -5 }, { expectedRevision: 0 });
      await runner.execute('s-1', sent, undefined);
      await expect(runner.execute('s-1', sent, undefined)).resolves.toMatchObject({ replayed: true, revision: 1 });
    });

    it('with another body is rejected', async () => {
      const runner = runnerOn();
      const sent = envelope({ amount: 5 });
      await runner.execute('s-1', sent, undefined);
      const other = { ...sent, commandHash: 'other', command: { amount: 6 } };
      await expect(runner.execute('s-1', other, undefined)).rejects.toThrow(IdempotencyConflict);
      expect(await amounts()).toEqual([5]);
    });

    it('sent many times at once is executed once', async () => {
      const runner = runnerOn();
      const sent = envelope({ amount: 5 });
      const results = await Promise.all(Array.from({ length: 10 }, () => runner.execute('s-1', sent, undefined)));
      expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
      expect(await amounts()).toEqual([5]);
    });

    it('decides nothing, whatever came before it', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: -5, max: 9 }), { maxLength: 12 }), fc.nat(), async (bookings, pick) => {
          const stream = newId();
          const sent = bookings.map((amount) => envelope({ amount }));
          const runner = runnerOn();
          const answered: [Envelope<Book>, CommandResult][] = [];
          for (const one of sent)
            await runner.execute(stream, one, undefined).then(
              (result) => answered.push([one, result]),
              () => {},
            );
          const before = await events(stream);
          const [retried, first] = answered[pick % Math.max(1, answered.length)] ?? [];
          if (retried) expect(await runner.execute(stream, retried, undefined)).toEqual({ ...first, eventIds: [], replayed: true });
          expect(await events(stream)).toEqual(before);
        }),
        { numRuns: 50 },
      );
    });
  });

  describe('where an event can take back another', () => {
    interface Undo {
      readonly undo: string;
      readonly instead?: number;
    }
    const idIn = (data: unknown) => (data as { readonly undoes: string }).undoes;
    /** The replacement comes first, where nothing else would be folded the same. */
    const undoing: Decider<readonly number[], Book | Undo, { id?: string; type: string; data: object }, { newId: string }> = {
      initialState: () => [],
      evolve: (amounts, { data }) => [...amounts, (data as { amount: number }).amount],
      decide(amounts, command, context, history) {
        if ('amount' in command) {
          if (command.amount < 0 && !amounts.includes(-command.amount)) throw new Rejection(`only ${amounts}`);
          return [{ type: 'booked', data: { amount: command.amount } }];
        }
        if (!history?.some(({ id }) => id === command.undo)) throw new Rejection(`no ${command.undo} in ${history?.length}`);
        const undone = { type: 'undone', data: { undoes: command.undo } };
        return command.instead === undefined
          ? [undone]
          : [undone, { id: context.newId, type: 'booked', data: { amount: command.instead } }];
      },
      retractions: {
        isRetraction: ({ type }) => type === 'undone',
        effective: (events) => {
          const gone = new Set(events.filter(({ type }) => type === 'undone').map(({ data }) => idIn(data)));
          return events.filter(({ id, type }) => type === 'booked' && !gone.has(id)).toReversed();
        },
        readsHistory: (command) => 'undo' in command,
      },
    };
    const undoer = (over: Partial<EventLog> = {}) => createCommandRunner({ log: delegating(log, over), decider: undoing, newId });
    const sent = (command: Book | Undo, over: Partial<Envelope<Book | Undo>> = {}): Envelope<Book | Undo> => ({
      ...envelope({ amount: 0 }),
      command,
      commandHash: JSON.stringify(command),
      ...over,
    });
    const context = { newId: 'named' };
    const rejection = (runner: ReturnType<typeof undoer>) =>
      runner.execute('s-1', sent({ amount: -9 }), context).then(
        () => 'none',
        (error: Error) => error.message,
      );

    it('is decided on all events of the stream, and gives a decided event the id that another names', async () => {
      const runner = undoer();
      const { eventIds } = await runner.execute('s-1', sent({ amount: 1 }), context);
      const { eventIds: made } = await runner.execute('s-1', sent({ undo: eventIds[0]!, instead: 2 }), context);
      expect(made).toEqual([expect.any(String), 'named']);
      expect((await events()).map(({ id }) => id)).toEqual([...eventIds, ...made]);
      await expect(runner.execute('s-1', sent({ undo: 'nothing' }), context)).rejects.toThrow('no nothing in 3');
    });

    it('folds only those that count then, in their order, whether it had folded the stream before or not', async () => {
      const [one, two] = [undoer(), undoer()];
      const { eventIds } = await one.execute('s-1', sent({ amount: 1 }), context);
      await one.execute('s-1', sent({ amount: 2 }), context);
      await two.execute('s-1', sent({ amount: 3 }), context);
      await one.execute('s-1', sent({ undo: eventIds[0]!, instead: 4 }), context);
      for (const runner of [one, two, undoer()]) expect(await rejection(runner)).toBe('only 4,3,2');
      // From there on as it comes.
      await two.execute('s-1', sent({ amount: 5 }), context);
      for (const runner of [one, two]) expect(await rejection(runner)).toBe('only 4,3,2,5');
    });

    it('folds a replacement where it belongs though it is read apart from the retraction that names it', async () => {
      const one = undoer({
        async *readStream(stream, options) {
          for await (const batch of log.readStream(stream, options)) for (const event of batch) yield [event];
        },
      });
      const { eventIds } = await one.execute('s-1', sent({ amount: 1 }), context);
      await one.execute('s-1', sent({ amount: 2 }), context);
      await undoer().execute('s-1', sent({ undo: eventIds[0]!, instead: 4 }), context);
      expect(await rejection(one)).toBe('only 4,2');
    });

    it('gives its first answer again, and none to another command under its id', async () => {
      const runner = undoer();
      const { eventIds } = await runner.execute('s-1', sent({ amount: 1 }), context);
      const undo = sent({ undo: eventIds[0]!, instead: 2 });
      const first = await runner.execute('s-1', undo, context);
      for (const again of [runner, undoer()])
        expect(await again.execute('s-1', undo, { newId: 'another' })).toEqual({
          ...first,
          eventIds: [],
          replayed: true,
          history: await events(),
        });
      await expect(runner.execute('s-1', { ...undo, commandHash: 'other' }, context)).rejects.toThrow(IdempotencyConflict);
      expect(await events()).toHaveLength(3);
    });

    it('reads a stream without a retraction once, and one that it has folded not at all', async () => {
      let read = 0;
      const runner = undoer({
        readStream(stream, options) {
          read++;
          return log.readStream(stream, options);
        },
      });
      for (const amount of [1, 2, 3]) await runner.execute('s-1', sent({ amount }), context);
      expect(read).toBe(1);
    });

    it('reads a stream with one once for the command that appends it, and once where it has not folded the stream', async () => {
      let read = 0;
      const counting = () =>
        undoer({
          readStream(stream, options) {
            read++;
            return log.readStream(stream, options);
          },
        });
      const one = counting();
      const { eventIds } = await one.execute('s-1', sent({ amount: 1 }), context);
      read = 0;
      const { history } = await one.execute('s-1', sent({ undo: eventIds[0]!, instead: 2 }), context);
      expect(history?.map(({ id }) => id)).toEqual((await events()).map(({ id }) => id));
      expect(read).toBe(1);
      await one.execute('s-1', sent({ amount: 3 }), context);
      expect(read).toBe(1);
      await counting().execute('s-1', sent({ amount: 4 }), context);
      expect(read).toBe(2);
      expect(await rejection(one)).toBe('only 2,3,4');
    });
  });

  it('recordedAt never falls behind that of an earlier event, although a clock was set back', async () => {
    const runner = runnerOn();
    await runner.execute('s-1', envelope({ amount: 1 }, { now: '2026-11-22T12:00:00.000Z' }), undefined);
    await runner.execute('s-1', envelope({ amount: 1 }, { now: '2026-11-22T11:00:00.000Z' }), undefined);
    await runnerOn().execute('s-1', envelope({ amount: 1 }, { now: '2026-11-22T11:30:00.000Z' }), undefined);
    expect((await events()).map(({ recordedAt }) => recordedAt)).toEqual(Array(3).fill('2026-11-22T12:00:00.000Z'));
  });

  it('recordedAt never falls behind that of what another process recorded', async () => {
    const clock = { newestRecordedAt: () => '2026-11-22T12:00:00.500Z', aheadMs: () => 0 };
    const runner = createCommandRunner({ log: { ...log, clock }, decider: account, newId });
    await runner.execute('s-1', envelope({ amount: 1 }, { now: '2026-11-22T12:00:00.000Z' }), undefined);
    await runner.execute('s-1', envelope({ amount: 1 }, { now: '2026-11-22T12:00:01.000Z' }), undefined);
    expect((await events()).map(({ recordedAt }) => recordedAt)).toEqual(['2026-11-22T12:00:00.500Z', '2026-11-22T12:00:01.000Z']);
  });

  it('gives events the version that the registry knows', async () => {
    const registry = { get: () => ({ type: 'booked', version: 2, schema: {}, personal: [], published: null, description: '' }) };
    await createCommandRunner({ log, decider: account, newId, registry }).execute('s-1', envelope({ amount: 4 }), undefined);
    expect((await events()).map(({ schemaVersion }) => schemaVersion)).toEqual([2]);
  });
});
