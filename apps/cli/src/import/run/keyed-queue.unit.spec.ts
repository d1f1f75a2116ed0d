import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { createKeyedQueue } from './keyed-queue.js';

const work = () => Promise.withResolvers<void>();
const pushes = (to: string[], name: string) => async () => {
  to.push(name);
  return {};
};

describe('queue', () => {
  it('work for each key in the order of the calls, and for different keys side by side', async () => {
    const queue = createKeyedQueue({ running: 10, begun: 10 }, () => {});
    const [a, b] = [work(), work()];
    const begun: string[] = [];
    const doing = (name: string, until: Promise<void>) => async () => {
      begun.push(name);
      await until;
      return {};
    };
    await queue.run(['x'], doing('x1', a.promise));
    await queue.run(['x', 'y'], doing('x2', b.promise));
    await queue.run(['y'], doing('y1', b.promise));
    await queue.run(['z'], doing('z1', b.promise));
    await turn();
    expect(begun).toEqual(['x1', 'z1']);
    a.resolve();
    b.resolve();
    await queue.drained();
    expect(begun).toEqual(['x1', 'z1', 'x2', 'y1']);
  });

  it('are drained when what the work resolved with is done too, for which the next of its key does not wait', async () => {
    const onStuck = jest.fn();
    const queue = createKeyedQueue({ running: 1, begun: 1 }, onStuck);
    const settled = work();
    const begun: string[] = [];
    await queue.run(['x'], async () => ({ settled: settled.promise }));
    await queue.run(['x'], pushes(begun, 'x'));
    await turn();
    expect(begun).toEqual(['x']);
    expect(onStuck).not.toHaveBeenCalled();
    const drained = queue.drained().then(() => begun.push('drained'));
    await turn();
    expect({ begun, stuck: onStuck.mock.calls.length > 0 }).toEqual({ begun: ['x'], stuck: true });
    settled.resolve();
    await drained;
    expect(begun).toEqual(['x', 'drained']);
  });

  it('let others in while work is parked, and say so when nothing can go on', async () => {
    const parkedUntil = work();
    const onStuck = jest.fn(() => parkedUntil.resolve());
    const queue = createKeyedQueue({ running: 1, begun: 3 }, onStuck);
    const order: string[] = [];
    const parks = (name: string) => async (parked: <Result>(wait: Promise<Result>) => Promise<Result>) => {
      await parked(parkedUntil.promise);
      order.push(name);
      return {};
    };
    await queue.run(['a'], parks('a'));
    await queue.run(['b'], parks('b'));
    await queue.run(['c'], parks('c'));
    await turn();
    expect(onStuck).not.toHaveBeenCalled();
    await queue.run(['d'], parks('d'));
    await queue.drained();
    expect(onStuck).toHaveBeenCalled();
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are not stuck between one work of a key and the next of it', async () => {
    const onStuck = jest.fn();
    const queue = createKeyedQueue({ running: 10, begun: 3 }, onStuck);
    for (let works = 1; works <= 9; works++)
      await queue.run(['x'], async () => {
        await turn();
        return {};
      });
    await queue.drained();
    expect(onStuck).not.toHaveBeenCalled();
  });

  it('go on after work that failed', async () => {
    const queue = createKeyedQueue({ running: 1, begun: 1 }, () => {});
    const done: string[] = [];
    await queue.run(['a'], () => Promise.reject(new Error('broken')));
    await queue.run(['a'], pushes(done, 'a'));
    await queue.drained();
    expect(done).toEqual(['a']);
  });
});
