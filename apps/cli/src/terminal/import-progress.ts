import { Presets, SingleBar } from 'cli-progress';

export interface ImportProgressBar {
  rows(rows: number): void;
  stop(): void;
}

/** On standard error, and only where a person looks at it. `lines` is about the number of rows. */
export function importProgressBar(label: string, lines: number): ImportProgressBar {
  if (!process.stderr.isTTY) return { rows: () => {}, stop: () => {} };
  const format = `${label} {bar} {percentage} % | {rows} rows | {rate} rows/s | {left} left`;
  const bar = new SingleBar({ stream: process.stderr, hideCursor: true, fps: 5, format }, Presets.shades_classic);
  const started = Date.now();
  let first: number | undefined;
  bar.start(Math.max(lines, 1), 0, { rows: 0, rate: '–', left: '–' });
  return {
    rows(rows) {
      // A resumed import begins in the middle of the file; only what this run does makes its rate.
      first ??= rows;
      const seconds = (Date.now() - started) / 1000;
      const rate = (rows - first) / seconds;
      const known = seconds > 0.5 && rate > 0;
      bar.update(Math.min(rows, lines), {
        rows: rows.toLocaleString('en'),
        rate: known ? Math.round(rate).toLocaleString('en') : '–',
        left: known ? duration(Math.max(lines - rows, 0) / rate) : '–',
      });
    },
    stop: () => bar.stop(),
  };
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
