import path from 'node:path';
import type { Report } from './report.js';
import { type Asking, type Question, timed } from './view-questions.js';

/** Milliseconds: of an answer, of the first one, and of what was known at an instant. */
const GOALS = { p50: 20, first: 100, knownAt: 200 };
const TIMES = 9;
const ENOUGH_MS = 3_000;

interface Slowest {
  readonly url: string;
  readonly ms: number;
}

/** Of each view the slowest of its questions, asked one after the other. */
export async function measureAnswers(questions: readonly Question[], ask: Asking, report: Report): Promise<void> {
  const views = new Map<string, Partial<Record<keyof typeof GOALS, Slowest>>>();
  for (const { view, url, firstMs } of questions) {
    const slowest = views.get(view) ?? {};
    views.set(view, slowest);
    const note = (what: keyof typeof GOALS, ms: number) => {
      if (ms >= (slowest[what]?.ms ?? 0)) slowest[what] = { url, ms };
    };
    const ms = await medianOf(ask, url);
    if (process.env.LETOPIS_BENCH_EACH) console.log(JSON.stringify({ url, firstMs, ms }));
    if (url.includes('knownAt=')) {
      note('knownAt', ms);
      continue;
    }
    note('p50', ms);
    note('first', firstMs);
  }
  for (const [view, slowest] of views) {
    for (const [what, name] of [
      ['p50', 'p50'],
      ['first', 'first-call'],
      ['knownAt', 'known-at.p50'],
    ] as const) {
      const found = slowest[what];
      if (!found) continue;
      const goal = GOALS[what];
      const asked = path.posix.basename(found.url);
      report({ name: `http.view.${view}.${name} ${asked}`, value: found.ms, unit: 'ms', goal: `under ${goal} ms`, holds: found.ms < goal });
    }
  }
}

async function medianOf(ask: Asking, url: string): Promise<number> {
  const took: number[] = [];
  const began = performance.now();
  while (took.length < TIMES && (took.length === 0 || performance.now() - began < ENOUGH_MS)) took.push((await timed(ask, url)).ms);
  return took.toSorted((a, b) => a - b)[took.length >> 1]!;
}
