import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from './report.js';
import type { Asking, Question } from './view-questions.js';

const CONNECTIONS = 20;
const GOAL_MS = 100;

/** The longest time for which the event loop of the API stood still since this was last asked, ms. */
async function longestDelay(ask: Asking): Promise<number> {
  const { text } = await ask('/metrics');
  const [, seconds] = /^nodejs_eventloop_lag_max_seconds ([\d.e+-]+)$/m.exec(text) ?? [];
  if (seconds === undefined) throw new Error('the metrics do not tell how long the event loop stood still');
  return Number(seconds) * 1000;
}

/** Of each view the worst of its questions, asked by twenty connections of one key at once, and how long a card took meanwhile. */
export async function measureStalls(questions: readonly Question[], customerId: string, ask: Asking, report: Report): Promise<void> {
  const worst = new Map<string, { delay: number; took: number; card: number; url: string }>();
  for (const { view, url } of questions) {
    await longestDelay(ask);
    let answered = false;
    const card = async () => {
      let longest = 0;
      while (!answered) {
        const began = performance.now();
        await ask(`/customers/${customerId}`);
        longest = Math.max(longest, performance.now() - began);
        await sleep(5);
      }
      return longest;
    };
    const began = performance.now();
    const cards = card();
    const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => ask(url)));
    const took = performance.now() - began;
    answered = true;
    const one = { delay: await longestDelay(ask), took, card: await cards, url };
    const failed = answers.find(({ status }) => status >= 500 || status === 429);
    if (failed) throw new Error(`${url} answered ${failed.status}: ${failed.text.slice(0, 500)}`);
    if (process.env.LETOPIS_BENCH_EACH) console.log(JSON.stringify({ ...one, status: answers[0]!.status }));
    if (one.delay >= (worst.get(view)?.delay ?? 0)) worst.set(view, one);
  }
  for (const [view, { delay, url, took, card }] of worst) {
    const name = `http.event-loop.${view}`;
    report({
      name: `${name}.longest-delay ${path.posix.basename(url)}`,
      value: delay,
      unit: 'ms',
      goal: `under ${GOAL_MS} ms`,
      holds: delay < GOAL_MS,
    });
    report({ name: `${name}.twenty-answers`, value: took, unit: 'ms' });
    report({ name: `${name}.longest-card-meanwhile`, value: card, unit: 'ms' });
  }
}
