import { pause } from '#async';
import { viewNames } from '#platform';
import type { ViewState } from '../../../api/src/projecting/operator.js';
import { CliError } from '../terminal/cli-error.js';
import { exitCode } from '../terminal/exit-code.js';
import { onInterruption } from '../terminal/interruption.js';
import { printJson, say } from '../terminal/output.js';
import type { Server } from './server.js';

interface Wanted {
  readonly customer?: string;
  readonly rollback?: boolean;
  readonly status?: boolean;
}

const LOOK_MS = 500;

/** Lets a running server do the work, and waits for it. */
export async function rebuildThrough(server: Server, view: string | undefined, { customer, rollback, status }: Wanted): Promise<void> {
  const states = async () => (await server.get<{ projections: readonly ViewState[] }>('/projections')).projections;
  if (status) return printJson(await states());
  const started = performance.now();
  const done = () => say(`done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  if (customer !== undefined) {
    await server.post(`/projections/customers/${encodeURIComponent(customer)}/rebuild`, '{}');
    return done();
  }
  if (rollback) {
    await server.post(`/projections/${view}/rollback`, '{}');
    return done();
  }
  const asked = view === undefined ? viewNames : [view];
  for (const name of asked) await server.post(`/projections/${name}/rebuild`, '{}');
  say(`the server rebuilds ${asked.join(', ')}; Ctrl-C stops waiting, not the work`);
  const { signal, release } = onInterruption();
  try {
    for (;;) {
      const mine = (await states()).filter(({ view: name }) => asked.includes(name));
      const rejected = mine.find((state) => state.rejected !== undefined);
      if (rejected) throw new CliError(rejected.rejected!, exitCode.partly);
      if (signal.aborted || !mine.some(({ rebuilding }) => rebuilding)) break;
      await pause(LOOK_MS, signal);
    }
  } finally {
    release();
  }
  if (!signal.aborted) done();
}
