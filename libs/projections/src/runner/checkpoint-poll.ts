import type { Position } from '#event-log/event-log.js';

const POLL_MS = 10;

interface Waiting {
  readonly view: string;
  readonly position: Position;
  readonly until: number;
  readonly answer: (reached: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/** One look at the checkpoints for all who wait, and none when nobody does. */
export function createCheckpointPoll(checkpoint: (view: string) => Promise<Position>) {
  const waiting = new Set<Waiting>();
  let looking = false;

  async function look(): Promise<void> {
    const checkpoints = new Map<string, Promise<Position>>();
    for (const each of [...waiting]) {
      try {
        let known = checkpoints.get(each.view);
        if (!known) {
          known = checkpoint(each.view);
          checkpoints.set(each.view, known);
        }
        const reached = (await known) >= each.position;
        if (!reached && performance.now() < each.until) continue;
        waiting.delete(each);
        each.answer(reached);
      } catch (error) {
        waiting.delete(each);
        each.fail(error);
      }
    }
    looking = waiting.size > 0;
    if (looking) setTimeout(() => void look(), POLL_MS);
  }

  return {
    reached: (view: string, position: Position, timeoutMs: number): Promise<boolean> =>
      new Promise((answer, fail) => {
        waiting.add({ view, position, until: performance.now() + timeoutMs, answer, fail });
        if (looking) return;
        looking = true;
        setTimeout(() => void look(), POLL_MS);
      }),
  };
}
