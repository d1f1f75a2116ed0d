import { Presets, SingleBar } from 'cli-progress';

export interface ImportProgressBar {
  rows(rows: number): void;
  bytes(bytes: number): void;
  stop(): void;
}

/** On standard error, and only where a person looks at it. The share of the file read stands for the share of the work. */
export function importProgressBar(label: string, totalBytes: number): ImportProgressBar {
  if (!process.stderr.isTTY) return { rows: () => {}, bytes: () => {}, stop: () => {} };
  const started = Date.now();
  let read = 0;
  let done = 0;
  const bar = new SingleBar(
    {
      stream: process.stderr,
      hideCursor: true,
      fps: 5,
      format: `${label} {bar} {percentage} % | {rows} rows | {rate} rows/s | {left} left`,
    },
    Presets.shades_classic,
  );
  bar.start(Math.max(totalBytes, 1), 0, { rows: 0, rate: '–', left: '–' });
  const update = () => {
    const seconds = (Date.now() - started) / 1000;
    const share = Math.min(read / Math.max(totalBytes, 1), 1);
    bar.update(Math.min(read, totalBytes), {
      rows: done.toLocaleString('en'),
      rate: seconds > 0.5 ? Math.round(done / seconds).toLocaleString('en') : '–',
      left: share > 0 && seconds > 1 ? duration((seconds * (1 - share)) / share) : '–',
    });
  };
  return {
    rows(rows) {
      done = rows;
      update();
    },
    bytes(bytes) {
      read += bytes;
    },
    stop() {
      update();
      bar.stop();
    },
  };
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
