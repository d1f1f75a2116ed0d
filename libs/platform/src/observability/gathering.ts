import { pino } from 'pino';

type Output = ReturnType<typeof pino.destination>;

/** How long a line waits for others. */
const GATHER_MS = 50;
const CHARACTERS = 16_384;

/**
 * The same output, to which lines go many at a time: one write costs as much CPU as making a score of lines.
 * Whatever waits goes out with `flush` and `flushSync`, which pino calls at a fatal line and when the process ends.
 */
export const gathering = (output: Output): Output => {
  const { write, flush, flushSync } = output;
  let lines = '';
  let timed = false;
  const pass = () => {
    const all = lines;
    lines = '';
    if (all !== '') write.call(output, all);
  };
  const later = () => {
    timed = false;
    pass();
  };
  return Object.assign(output, {
    write(line: string) {
      lines += line;
      if (lines.length >= CHARACTERS) pass();
      if (!timed) setTimeout(later, GATHER_MS).unref();
      timed = true;
      return true;
    },
    flush(done?: (error?: Error) => unknown) {
      pass();
      flush.call(output, done);
    },
    flushSync() {
      pass();
      flushSync.call(output);
    },
  });
};
