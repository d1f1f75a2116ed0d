import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { gathering } from './gathering.js';

const withOutput = async (test: (output: ReturnType<typeof gathering>, written: () => string) => unknown) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-gathering-'));
  const dest = path.join(folder, 'out.log');
  try {
    const output = gathering(pino.destination({ dest, sync: false, minLength: 1 }));
    await new Promise((resolve) => output.once('ready', resolve));
    await test(output, () => readFileSync(dest, 'utf8'));
    output.destroy();
  } finally {
    rmSync(folder, { recursive: true });
  }
};
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}\n`);

describe('an output that gathers lines', () => {
  it('writes them by itself, in their order, however many', () =>
    withOutput(async (output, written) => {
      const lines = numbered(10_000);
      for (const line of lines) output.write(line);
      while (written().length < lines.join('').length) await sleep(5);
      expect(written()).toBe(lines.join(''));
    }));

  it('has written them all when it is flushed', () =>
    withOutput(async (output, written) => {
      const lines = numbered(3);
      for (const line of lines) output.write(line);
      expect(written()).toBe('');
      await new Promise<void>((resolve) => output.flush(() => resolve()));
      expect(written()).toBe(lines.join(''));
    }));

  it('writes them on the spot at a fatal line', () =>
    withOutput((output, written) => {
      const logger = pino({ base: null, timestamp: false }, output);
      logger.info('before');
      logger.fatal('the end');
      expect(written()).toBe('{"level":30,"msg":"before"}\n{"level":60,"msg":"the end"}\n');
    }));
});
