import { describe, expect, it } from '@jest/globals';
import type { CommandSink, Outcome } from '../../sink/command-sink.js';
import type { ImportMemory } from '../memory/import-memory.js';
import type { PlannedCommand } from '../row-commands.js';
import { createRowApplier } from './apply-row.js';

/** Writes down what happens, in order; commands answer as told by their name. */
function scene(outcomes: Readonly<Record<string, Outcome>>, known: Readonly<Record<string, ReturnType<ImportMemory['recall']>>> = {}) {
  const happened: string[] = [];
  const memory: ImportMemory = {
    recall: ({ name }) => known[name] ?? 'new',
    async remember({ name }) {
      await new Promise(setImmediate);
      happened.push(`remembered ${name}`);
    },
    async keepContents(commands) {
      happened.push(`kept ${commands.map(({ name }) => name).join()}`);
    },
    flush: () => {},
  };
  const sink: CommandSink = {
    problemOf: () => undefined,
    async execute({ name }) {
      happened.push(`issued ${name}`);
      return outcomes[name]!;
    },
    imports: undefined as never,
    finish: async () => {},
    close: async () => {},
  };
  const apply = createRowApplier({ sink, memory });
  const record = { kind: 'row', row: { file: 'f.csv', line: 2, get: () => '', original: () => ({}) } } as const;
  const of = { number: 1, first: true, importId: '0'.repeat(32), reference: '1-00000000' };
  return {
    happened,
    async row(...commands: readonly PlannedCommand[]) {
      const { result, remembered } = await apply(record, of, commands, (wait) => wait);
      happened.push('through');
      await remembered;
      return result;
    },
  };
}

const command = (name: string, more: Partial<PlannedCommand> = {}): PlannedCommand => ({
  name,
  target: 'c',
  body: {},
  source: { system: 's', id: name },
  once: false,
  tolerate: new Set(['is-so']),
  ...more,
});
const applied: Outcome = { kind: 'applied', events: 2 };
const unchanged: Outcome = { kind: 'unchanged' };
const refused = (code: string): Outcome => ({ kind: 'refused', code, message: 'no' });

describe('the commands of a row', () => {
  it('that changed nothing, and those whose rejection is tolerated, are remembered before the next one is issued', async () => {
    const { happened, row } = scene({ a: unchanged, b: refused('is-so'), c: applied, d: unchanged });
    expect(await row(command('a'), command('b'), command('c'), command('d'))).toMatchObject({
      tally: { commands: 4, events: 2, unchanged: 3, rejected: 0 },
    });
    // The next row of the customer waits for the last one.
    expect(happened).toEqual([
      ...['issued a', 'remembered a', 'issued b', 'remembered b', 'issued c', 'issued d'],
      ...['through', 'remembered d'],
    ]);
  });

  it('that are remembered are not issued again, and count as executed before', async () => {
    const { happened, row } = scene({ b: applied }, { a: 'unchanged' });
    expect(await row(command('a'), command('b'))).toMatchObject({ tally: { commands: 2, events: 2, repeated: 1, unchanged: 0 } });
    expect(happened).toEqual(['issued b', 'through']);
  });

  it('that are remembered with other content are conflicts', async () => {
    const { happened, row } = scene({}, { a: 'otherwise' });
    expect(await row(command('a'))).toMatchObject({ tally: { rejected: 1 }, reject: { import: '1-00000000', applied: [] } });
    expect(happened).toEqual(['kept ', 'through']);
  });

  it('that changed nothing before another was rejected are kept with what they said, and are not named as applied', async () => {
    const { happened, row } = scene({ a: unchanged, b: applied, c: refused('bad') });
    expect(await row(command('a'), command('b'), command('c'))).toMatchObject({
      tally: { rejected: 1, partly: 1 },
      reject: { applied: ['b'] },
    });
    expect(happened.at(-2)).toBe('kept a');
  });

  it('that are issued once a target are remembered before any row of that target goes on', async () => {
    const { happened, row } = scene({ once: unchanged, a: applied, b: applied });
    const once = command('once', { once: true });
    await Promise.all([row(once, command('a')), row(once, command('b'))]);
    expect(happened.slice(0, 2)).toEqual(['issued once', 'remembered once']);
    expect(happened.filter((line) => line.startsWith('issued')).sort()).toEqual(['issued a', 'issued b', 'issued once']);
  });
});
