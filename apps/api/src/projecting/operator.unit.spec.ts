import { describe, expect, it, jest } from '@jest/globals';
import { type Projector, RebuildRejected, type ViewStatus } from '#projections/runner/index.js';
import { createOperator } from './operator.js';

const status = { view: 'card', checkpoint: '1', head: '1', lagSeconds: 0, state: 'live', parked: 0 } as unknown as ViewStatus;

/** A projector whose rebuilds end when they are asked to. */
function slowProjector() {
  const ends: { resolve(): void; reject(error: Error): void }[] = [];
  const rebuild = jest.fn(() => new Promise<void>((resolve, reject) => ends.push({ resolve, reject })));
  const rollback = jest.fn(async () => undefined);
  const projector = { rebuild, rollback, status: async () => [status] } as unknown as Projector;
  return { ends, rebuild, rollback, operate: createOperator(projector) };
}

describe('the operator of a projector', () => {
  it('begins a rebuild once, however often it is asked for meanwhile, and again when it is done', async () => {
    const { ends, rebuild, operate } = slowProjector();
    expect(await operate({ wants: 'rebuild', view: 'card' })).toMatchObject([{ view: 'card', rebuilding: true }]);
    expect(await operate({ wants: 'rebuild', view: 'card' })).toMatchObject([{ rebuilding: true }]);
    expect(rebuild).toHaveBeenCalledTimes(1);
    ends[0]!.resolve();
    await new Promise(setImmediate);
    expect(await operate({ wants: 'status' })).toMatchObject([{ rebuilding: false }]);
    await operate({ wants: 'rebuild', view: 'card' });
    expect(rebuild).toHaveBeenCalledTimes(2);
  });

  it('does not roll a view back while it is rebuilt', async () => {
    const { ends, rollback, operate } = slowProjector();
    await operate({ wants: 'rebuild', view: 'card' });
    await expect(operate({ wants: 'rollback', view: 'card' })).rejects.toMatchObject({ code: 'rebuild-running' });
    expect(rollback).not.toHaveBeenCalled();
    ends[0]!.resolve();
    await new Promise(setImmediate);
    await operate({ wants: 'rollback', view: 'card' });
    expect(rollback).toHaveBeenCalledTimes(1);
  });

  it('says why there is no going back to a build that is empty', async () => {
    const { rollback, operate } = slowProjector();
    rollback.mockRejectedValueOnce(new RebuildRejected('card'));
    const problem = { code: 'no-rollback', message: expect.stringContaining('is empty and was rejected') };
    await expect(operate({ wants: 'rollback', view: 'card' })).rejects.toMatchObject(problem);
  });

  it('says why a rebuild was not taken, until the next one', async () => {
    const { ends, operate } = slowProjector();
    await operate({ wants: 'rebuild', view: 'card' });
    ends[0]!.reject(new Error('it came out empty'));
    await new Promise(setImmediate);
    expect(await operate({ wants: 'status' })).toMatchObject([{ rebuilding: false, rejected: 'it came out empty' }]);
    const [again] = await operate({ wants: 'rebuild', view: 'card' });
    expect(again).not.toHaveProperty('rejected');
  });
});
