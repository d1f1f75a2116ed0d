import { describe, expect, it } from '@jest/globals';
import { plainIds } from '#platform';
import type { CommandSink, Outcome } from '../../sink/command-sink.js';
import { ownForeignKeyIds } from '../../sink/foreign-key-ids.js';
import type { ImportMemory } from '../memory/import-memory.js';
import type { PlannedCommand } from '../row-commands.js';
import { createRowApplier } from './apply-row.js';

interface Scene {
  readonly known?: Readonly<Record<string, ReturnType<ImportMemory['recall']>>>;
  readonly wasRejected?: boolean;
  /** Of a mended row nothing more is remembered when it is rejected. */
  readonly mended?: boolean;
  /** Another run may be under way. */
  readonly shared?: boolean;
}

/** Writes down what happens, in order; commands answer as told by their name. What is remembered becomes durable when it is flushed. */
function scene(
  outcomes: Readonly<Record<string, Outcome>>,
  { known = {}, wasRejected = false, mended = false, shared = false }: Scene = {},
) {
  const happened: string[] = [];
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  function remember(target: string, what: string): Promise<void> {
    happened.push(what);
    const durable = waiting.get(target) ?? Promise.withResolvers<void>();
    waiting.set(target, durable);
    return durable.promise;
  }
  const memory: ImportMemory = {
    recall: ({ name }) => known[name] ?? 'new',
    remember: ({ name, target }) => remember(target, `remembered ${name}`),
    reject: ({ row }, unchanged, targets) => {
      if (mended) return undefined;
      const kept = unchanged.map(({ name }) => ` and kept ${name}`).join('');
      return remember(targets[0]!, `remembered that line ${row} was rejected${kept}`);
    },
    wasRejected: () => wasRejected,
    pending: (targets) => targets.map((target) => waiting.get(target)?.promise).find((durable) => durable !== undefined),
    flush() {
      if (waiting.size > 0) happened.push('durable');
      for (const { resolve } of waiting.values()) resolve();
      waiting.clear();
    },
  };
  const sink: CommandSink = {
    problemOf: () => undefined,
    async execute({ name, append }) {
      const outcome = outcomes[name]!;
      happened.push(`${append === false ? 'asked' : 'issued'} ${name}`);
      return append === false && outcome.kind === 'applied' ? { kind: 'withheld' } : outcome;
    },
    imports: undefined as never,
    foreignKeyIds: ownForeignKeyIds(plainIds),
    close: async () => {},
  };
  let claimed = !shared;
  const claim = async () => {
    happened.push('claimed');
    claimed = true;
  };
  const apply = createRowApplier({ sink, memory, toClaim: () => (claimed ? undefined : claim) });
  const of = {
    number: 1,
    file: 'f'.repeat(12),
    formerly: false,
    zone: 'UTC',
    importId: '0'.repeat(32),
    reference: '1-00000000-ffffffffffff',
  };
  return {
    happened,
    memory,
    async row(...commands: readonly PlannedCommand[]) {
      const record = { kind: 'row', row: { file: 'f.csv', line: 2, get: () => '', original: () => ({}) } } as const;
      const parked = <Result>(wait: Promise<Result>) => {
        memory.flush();
        return wait;
      };
      const { result, remembered } = await apply(record, of, commands, parked);
      return { ...result, remembered };
    },
  };
}

const command = (name: string, more: Partial<PlannedCommand> = {}): PlannedCommand => ({
  name,
  index: 1,
  target: 'c',
  body: {},
  source: { system: 's', id: name },
  once: false,
  tolerate: new Set(['is-so']),
  ...more,
});
const applied: Outcome = { kind: 'applied', events: 2 };
const unchanged: Outcome = { kind: 'unchanged' };
const rejected = (code: string): Outcome => ({ kind: 'rejected', code, message: 'no' });

describe('the commands of a row', () => {
  it('that changed nothing, and those whose rejection is tolerated, are durably remembered before one of the same target appends', async () => {
    const { happened, row } = scene({ a: unchanged, b: rejected('is-so'), c: applied, d: unchanged });
    expect(await row(command('a'), command('b'), command('c'), command('d'))).toMatchObject({
      tally: { commands: 4, events: 2, unchanged: 3, rejected: 0 },
    });
    expect(happened).toEqual([
      ...['issued a', 'remembered a', 'asked b', 'remembered b', 'asked c', 'durable', 'issued c'],
      ...['issued d', 'remembered d'],
    ]);
  });

  it('of many rows that change nothing wait for nothing', async () => {
    const { happened, row } = scene({ a: unchanged });
    for (let rows = 1; rows <= 3; rows++) await row(command('a'));
    expect(happened).toEqual(['issued a', 'remembered a', 'asked a', 'remembered a', 'asked a', 'remembered a']);
  });

  it('that appended the last time they waited are not asked again, until they do not', async () => {
    const outcomes: Record<string, Outcome> = { a: unchanged, b: applied };
    const { happened, row } = scene(outcomes);
    const rowOf = () => row(command('a'), command('b', { index: 2 }));
    await rowOf();
    await rowOf();
    outcomes.b = unchanged;
    for (let rows = 1; rows <= 2; rows++) await rowOf();
    expect(happened).toEqual([
      ...['issued a', 'remembered a', 'asked b', 'durable', 'issued b'],
      ...['issued a', 'remembered a', 'durable', 'issued b'],
      ...['issued a', 'remembered a', 'durable', 'issued b', 'remembered b'],
      ...['asked a', 'remembered a', 'asked b', 'remembered b'],
    ]);
  });

  it('of another target wait for nothing', async () => {
    const { happened, row } = scene({ a: unchanged, b: applied });
    await row(command('a'));
    await row(command('b', { target: 'd' }));
    expect(happened).toEqual(['issued a', 'remembered a', 'issued b']);
  });

  it('that are remembered are not issued again, and count as executed before', async () => {
    const { happened, row } = scene({ b: applied }, { known: { a: 'unchanged' } });
    expect(await row(command('a'), command('b'))).toMatchObject({ tally: { commands: 2, events: 2, repeated: 1, unchanged: 0 } });
    expect(happened).toEqual(['issued b']);
  });

  it('that are remembered with other content are conflicts', async () => {
    const { happened, row } = scene({}, { known: { a: 'otherwise' } });
    const { tally, reject } = await row(command('a'));
    expect({ tally, ...reject }).toMatchObject({ tally: { rejected: 1 }, of: { reference: '1-00000000-ffffffffffff' }, applied: [] });
    expect(happened).toEqual(['remembered that line 2 was rejected']);
  });

  it('that changed nothing before another was rejected are kept with what they said, and are not named as applied', async () => {
    const { happened, row } = scene({ a: unchanged, b: applied, c: rejected('bad') });
    expect(await row(command('a'), command('b'), command('c'))).toMatchObject({
      tally: { rejected: 1, partly: 1 },
      reject: { applied: ['b'], reason: 'c was rejected (bad): no' },
    });
    expect(happened.at(-1)).toBe('remembered that line 2 was rejected and kept a');
  });

  it('that changed nothing are durable before a row is settled that is rejected and not remembered itself', async () => {
    const { memory, row } = scene({ a: unchanged, b: rejected('bad') }, { mended: true });
    const { remembered } = await row(command('a'), command('b'));
    expect(remembered).toBe(memory.pending(['c']));
    expect(remembered).toBeInstanceOf(Promise);
  });

  it('of a repeated import claim it before the first event, and not before', async () => {
    const { happened, row } = scene({ a: { kind: 'repeated' }, b: applied, c: applied }, { shared: true });
    await row(command('a'), command('b'), command('c'));
    expect(happened).toEqual(['asked a', 'asked b', 'claimed', 'issued b', 'issued c']);
  });

  it('after a rejected row of the same target append when that is durable', async () => {
    const { happened, row } = scene({ a: rejected('bad'), b: applied });
    await row(command('a'));
    await row(command('b'));
    expect(happened).toEqual(['issued a', 'remembered that line 2 was rejected', 'asked b', 'durable', 'issued b']);
  });

  it('that are issued once a target are remembered before any row of that target appends', async () => {
    const { happened, row } = scene({ once: unchanged, a: applied, b: applied });
    const once = command('once', { once: true, target: 'o' });
    await Promise.all([row(once, command('a')), row(once, command('b', { target: 'd' }))]);
    expect(happened.slice(0, 2)).toEqual(['issued once', 'remembered once']);
    for (const name of ['a', 'b']) expect(happened.indexOf(`issued ${name}`)).toBeGreaterThan(happened.indexOf('durable'));
    expect(happened.filter((line) => line === 'issued once')).toHaveLength(1);
  });
});

describe('the commands of a row that was rejected when its file was imported before', () => {
  const again = (outcomes: Readonly<Record<string, Outcome>>, known: Scene['known'] = {}) => scene(outcomes, { known, wasRejected: true });
  const SAID = /; this row was rejected when the file was imported before, .* import the rejects file/;

  it('append nothing, although they would be accepted by now, and are not remembered', async () => {
    const { happened, row } = again({ a: { kind: 'repeated' }, b: applied });
    const { tally, reject } = await row(command('a'), command('b'), command('c'));
    expect({ tally, applied: reject?.applied }).toMatchObject({ tally: { rejected: 1, partly: 1, events: 0 }, applied: ['a'] });
    expect(reject?.reason).toMatch(/^b was not executed: it would be accepted now/);
    expect(reject?.reason).toMatch(SAID);
    expect(happened).toEqual(['asked a', 'asked b']);
  });

  it('are rejected for their reason where there still is one', async () => {
    const { happened, row } = again({ a: rejected('bad') });
    const { reject } = await row(command('a'));
    expect(reject?.reason).toMatch(/^a was rejected \(bad\): no/);
    expect(reject?.reason).toMatch(SAID);
    expect(happened).toEqual(['asked a']);
  });

  it('are done where all of them were executed since, by its mended row', async () => {
    const { row } = again({ b: { kind: 'repeated' } }, { a: 'unchanged' });
    expect(await row(command('a'), command('b'))).toMatchObject({ tally: { rejected: 0, repeated: 2 } });
  });

  it('leave what is issued once a target to the next row of it', async () => {
    const { happened, row } = again({ once: applied });
    for (let rows = 1; rows <= 2; rows++) expect(await row(command('once', { once: true }))).toMatchObject({ tally: { rejected: 1 } });
    expect(happened).toEqual(['asked once', 'asked once']);
  });
});
